//! What Onecook takes of the allocator: a line for each count. See
//! `allocations.rs`.

use onecook_bench::allocations::counts;
use onecook_bench::counting::Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn main() {
    for (name, count) in counts() {
        println!("{name}\t{count}");
    }
}
