//! `mpsc`: many senders, one receiver.
