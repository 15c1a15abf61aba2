//! How many bytes it takes: `cargo bench -p onecook-bench --bench memory`.

use onecook_bench::catalogue::contestants;
use onecook_bench::counting::Counting;
use onecook_bench::options::Options;
use onecook_bench::table;

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
}
