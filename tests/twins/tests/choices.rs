//! What the comparison of twins rests on: choices are tried in every
//! combination, each once, and can be played again.

use onecook::script::Choices;

/// Three questions; the last depends on the first.
fn ask(choices: &mut Choices) -> [usize; 3] {
    let first = choices.choose(3);
    [first, choices.choose(2), choices.choose(first + 1)]
}

#[test]
fn every_combination_is_tried_once() {
    let mut tried = Vec::new();
    let mut next = Some(Choices::first());
    while let Some(mut choices) = next {
        tried.push(ask(&mut choices));
        next = choices.advanced();
    }
    let mut all = Vec::new();
    for first in 0..3 {
        for second in 0..2 {
            all.extend((0..=first).map(|third| [first, second, third]));
        }
    }
    assert_eq!(tried, all);
}

#[test]
fn the_same_seed_chooses_the_same_and_another_one_otherwise() {
    let made = |seed| {
        let mut choices = Choices::random(seed);
        (0..20).map(|_| choices.choose(3)).collect::<Vec<_>>()
    };
    assert_eq!(made(1), made(1));
    assert_ne!(made(1), made(2));
}

#[test]
fn what_was_chosen_is_played_again() {
    let mut choices = Choices::random(7);
    let made = ask(&mut choices);
    let mut again = choices.again();
    assert_eq!(ask(&mut again), made);
    assert_eq!(again.choose(9), 0, "beyond, always the first");
}

#[test]
fn a_run_at_random_seldom_ends_early_and_in_order_it_does_once() {
    let mut choices = Choices::random(1);
    let often = (0..800).filter(|_| choices.seldom()).count();
    assert!((50..200).contains(&often), "{often} of 800");
    let mut choices = Choices::first();
    assert!(!choices.seldom());
    let mut next = choices.advanced().expect("the other answer");
    assert!(next.seldom() && next.advanced().is_none());
}
