//! Machines with a fault in each.
