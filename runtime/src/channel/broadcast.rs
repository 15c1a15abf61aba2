//! `broadcast`: every receiver gets every value.
