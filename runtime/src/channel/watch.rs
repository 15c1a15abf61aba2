//! `watch`: the latest value.
