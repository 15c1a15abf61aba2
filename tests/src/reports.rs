//! The runtime's reports, caught.

use std::sync::Arc;

use onecook::diagnosis::{Report, ReportKind, set_hook, take_hook};
use parking_lot::{Condvar, Mutex, MutexGuard};

/// There is one hook in a process, so one test at a time catches reports.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// Catches every report of the process until it is dropped.
pub struct Reports {
    caught: Arc<(Mutex<Vec<Report>>, Condvar)>,
    _only: MutexGuard<'static, ()>,
}

impl Reports {
    /// Starts to catch; waits for whoever catches now.
    #[must_use = "reports are caught only as long as this lives"]
    pub fn catch() -> Reports {
        Reports::catch_with(|_| {})
    }

    /// Starts to catch, and calls `f` with each report before it is kept.
    #[must_use = "reports are caught only as long as this lives"]
    pub fn catch_with(f: impl Fn(&Report) + Send + Sync + 'static) -> Reports {
        let only = ONE_AT_A_TIME.lock();
        let caught: Arc<(Mutex<Vec<Report>>, Condvar)> = Arc::default();
        let (sender, receiver) = (caught.clone(), caught);
        set_hook(move |report| {
            f(report);
            sender.0.lock().push(report.clone());
            sender.1.notify_all();
        });
        Reports { caught: receiver, _only: only }
    }

    /// All texts so far, of any kind.
    #[must_use]
    pub fn texts(&self) -> Vec<String> {
        let caught = self.caught.0.lock();
        caught.iter().map(|it| it.text().to_owned()).collect()
    }

    /// The texts of one kind so far.
    #[must_use]
    pub fn of(&self, kind: ReportKind) -> Vec<String> {
        let caught = self.caught.0.lock();
        let reports = caught.iter().filter(|it| it.kind() == kind);
        reports.map(|it| it.text().to_owned()).collect()
    }

    /// Holds this thread until there is a report of that kind; its text.
    #[must_use]
    pub fn wait_for(&self, kind: ReportKind) -> String {
        let mut caught = self.caught.0.lock();
        loop {
            if let Some(report) = caught.iter().find(|it| it.kind() == kind) {
                return report.text().to_owned();
            }
            self.caught.1.wait(&mut caught);
        }
    }

    /// Expects one report of that kind and none of another; its text.
    ///
    /// # Panics
    ///
    /// If there is none, or more.
    #[must_use]
    #[track_caller]
    pub fn expect_one(&self, kind: ReportKind) -> String {
        let texts = self.of(kind);
        assert_eq!(self.texts(), texts, "reports of another kind came too");
        assert_eq!(texts.len(), 1, "expected one report: {texts:#?}");
        texts.into_iter().next().unwrap_or_default()
    }

    /// Expects that nothing was reported.
    ///
    /// # Panics
    ///
    /// If something was.
    #[track_caller]
    pub fn expect_none(&self) {
        assert_eq!(self.texts(), Vec::<String>::new());
    }
}

impl Drop for Reports {
    fn drop(&mut self) {
        take_hook();
    }
}
