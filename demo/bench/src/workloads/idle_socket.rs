//! An idle socket, as in any program that talks to a network: without one, a
//! runtime could do without asking the kernel.

use super::rt;

pub(crate) async fn register_an_idle_socket() {
    let listener = rt::listen().await;
    rt::detach(rt::spawn(async move {
        let _ = listener.accept().await;
    }));
    rt::yield_now().await;
}
