//! Each machine does what its `async fn` does, event by event.
//!
//! `onecook_twins::pairs`

use onecook_twins::pairs;

#[test]
fn every_machine_does_what_its_async_fn_does() {
    let seed = 1;
    let mut differences = String::new();
    for pair in pairs::all() {
        match pair.compare(seed) {
            Ok(compared) => println!("{}: {compared:?}", pair.name),
            Err(difference) => differences += &difference,
        }
    }
    assert!(differences.is_empty(), "{differences}");
}
