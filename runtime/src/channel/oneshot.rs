//! `oneshot`: one value, once.
