//! How late timers are.

use std::time::Duration;

use super::rt;
use crate::lateness::{TIMERS, fire_at};

/// Tasks that sleep until moments spread over a while: by how much each was
/// late.
pub(super) fn measure(spread: Duration) -> Vec<Duration> {
    let mut runtime = rt::Runtime::new();
    runtime.block_on(rt::register_an_idle_socket());
    let round = async { rt::spawn(sleepers(spread)).await };
    runtime.block_on(round).expect("the round did not panic")
}

async fn sleepers(spread: Duration) -> Vec<Duration> {
    let begin = rt::Instant::now() + Duration::from_millis(20);
    let mut handles = Vec::new();
    for number in 0..TIMERS {
        let deadline = begin + fire_at(number, spread);
        handles.push(rt::spawn(async move {
            rt::sleep_until(deadline).await;
            rt::Instant::now().checked_duration_since(deadline)
        }));
    }
    let mut late = Vec::new();
    for handle in handles {
        let after = handle.await.expect("it does not panic");
        late.push(after.expect("no timer is early"));
    }
    late
}
