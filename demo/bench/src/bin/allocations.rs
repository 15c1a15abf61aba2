//! What a runtime takes of the allocator: a line for each count. See
//! `allocations.rs`.
//!
//! `allocations RUNTIME`

use onecook_bench::allocations::counts;
use onecook_bench::counting::Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn main() {
    let runtime = std::env::args().nth(1).expect("the name of a runtime");
    for (name, count) in counts(&runtime) {
        println!("{name}\t{count}");
    }
}
