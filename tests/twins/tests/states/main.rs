mod debug_info;
use onecook_twins::pairs;
#[test]
fn dump() {
    println!("{}", pairs::all().len());
    let all = debug_info::machines("twins/src/lib.rs");
    let mut names: Vec<_> = all.keys().collect();
    names.sort();
    for n in names {
        if n.contains("onecook_twins") && !n.contains("option") {
            println!("== {n}");
            if n.contains("async") || n.contains("Fry") || n.contains("Fetch") {
                for s in &all[n].states {
                    println!("   {} {:?}", s.name, s.line);
                    for f in &s.fields {
                        println!("       {} +{}: {}", f.name, f.at, f.of);
                    }
                }
            }
        }
    }
}
