//! Streams: many values instead of one.
//!
//! Next: `channel/`, where streams come from.
