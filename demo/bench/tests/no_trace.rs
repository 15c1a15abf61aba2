//! What is measured has no trace of the trace: it is compiled without it.
//! (Alone: `cargo test -p onecook-bench`. Built together with the demo, cargo
//! gives both the demo's features.)

use std::process::Command;

#[test]
fn the_benchmark_is_compiled_without_the_trace() {
    let program = env!("CARGO_BIN_EXE_one");
    let Ok(output) = Command::new("nm").args(["-C", program]).output() else {
        println!("skipped: there is no nm on this machine");
        return;
    };
    let symbols = String::from_utf8_lossy(&output.stdout);
    assert!(symbols.contains("onecook::executor::"), "nm shows no symbols");
    let trace = symbols.lines().find(|it| it.contains("trace::listening"));
    assert_eq!(trace, None);
}
