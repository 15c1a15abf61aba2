//! How many bytes it takes: `cargo bench -p onecook-bench --bench memory`.

use std::path::Path;

use onecook_bench::catalogue::contestants;
use onecook_bench::counting::Counting;
use onecook_bench::options::Options;
use onecook_bench::{growth, table};

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn main() {
    let options = Options::read();
    let contestants = contestants();
    for (place, case) in contestants[0].memory.iter().enumerate() {
        if !options.want("memory", case.name) {
            continue;
        }
        println!("{}", case.name);
        for contestant in contestants.iter().filter(|it| !it.memory.is_empty())
        {
            let memory = (contestant.memory[place].run)();
            table::print_memory(contestant.name, &memory);
        }
        println!();
    }
    if options.want("memory", "growth") {
        growth(if options.quick { 10_000 } else { 1_000_000 });
    }
}

fn growth(most: usize) {
    let program = Path::new(env!("CARGO_BIN_EXE_growth"));
    let grown = growth::measure(program, most).expect("it can be started");
    table::print_growth(&grown);
}
