//! `mpmc`: each value goes to one of many receivers.
