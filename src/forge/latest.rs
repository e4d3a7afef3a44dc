//! Something dear to read, of which there is a newer one now and then: one reads it, and the others go on with what they have.

use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::sync::TryLockError;

/// The last that was read.
pub struct Latest<T> {
    last: Mutex<Option<Arc<T>>>,
    // Held by who reads; so nobody puts an older one over a newer one.
    reading: Mutex<()>,
}

impl<T> Default for Latest<T> {
    fn default() -> Self {
        Self {
            last: Mutex::default(),
            reading: Mutex::default(),
        }
    }
}

impl<T> Latest<T> {
    /// The newest; while somebody else reads it, the one before. `read` gets what there is and gives it back if that is
    /// the newest.
    ///
    /// # Errors
    /// What `read` says; then there is none for anybody.
    pub fn at_hand<E>(
        &self,
        read: impl FnOnce(Option<&Arc<T>>) -> Result<Arc<T>, E>,
    ) -> Result<Arc<T>, E> {
        let turn = match self.reading.try_lock() {
            Ok(turn) => turn,
            Err(TryLockError::Poisoned(turn)) => turn.into_inner(),
            Err(TryLockError::WouldBlock) => match self.last().clone() {
                Some(last) => return Ok(last),
                None => self.turn(),
            },
        };
        self.read(&turn, read)
    }

    /// The newest, also if that takes a while: what was there when it is called is seen.
    ///
    /// # Errors
    /// What `read` says; then there is none for anybody.
    pub fn newest<E>(
        &self,
        read: impl FnOnce(Option<&Arc<T>>) -> Result<Arc<T>, E>,
    ) -> Result<Arc<T>, E> {
        self.read(&self.turn(), read)
    }

    fn read<E>(
        &self,
        _turn: &MutexGuard<'_, ()>,
        read: impl FnOnce(Option<&Arc<T>>) -> Result<Arc<T>, E>,
    ) -> Result<Arc<T>, E> {
        let last = self.last().clone();
        let newest = read(last.as_ref());
        *self.last() = newest.as_ref().ok().cloned();
        newest
    }

    fn turn(&self) -> MutexGuard<'_, ()> {
        self.reading.lock().unwrap_or_else(PoisonError::into_inner)
    }

    // Held for a moment only.
    fn last(&self) -> MutexGuard<'_, Option<Arc<T>>> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::thread;

    use super::*;

    #[test]
    fn who_asks_while_another_one_reads_gets_what_there_is() {
        let latest = Latest::<i32>::default();
        let gives = |value: i32| move |_: Option<&Arc<i32>>| Ok::<_, ()>(Arc::new(value));
        assert_eq!(latest.at_hand(gives(1)).as_deref(), Ok(&1));
        let (begun, begins) = mpsc::channel();
        let (go_on, waits) = mpsc::channel();
        thread::scope(|scope| {
            let (shared, begun) = (&latest, begun);
            let reader = scope.spawn(move || {
                shared.at_hand(|last| {
                    assert_eq!(last.map(|last| **last), Some(1));
                    begun.send(()).expect("somebody waits");
                    waits.recv().expect("a word");
                    Ok::<_, ()>(Arc::new(2))
                })
            });
            begins.recv().expect("it has begun");
            assert_eq!(latest.at_hand(gives(7)).as_deref(), Ok(&1));
            // Who has just written something waits for it.
            let writer = scope.spawn(|| latest.newest(gives(3)));
            go_on.send(()).expect("it listens");
            assert_eq!(reader.join().expect("read").as_deref(), Ok(&2));
            assert_eq!(writer.join().expect("read").as_deref(), Ok(&3));
        });
        let kept = |last: Option<&Arc<i32>>| last.cloned().ok_or(());
        assert_eq!(latest.at_hand(kept).as_deref(), Ok(&3));
        // What cannot be read is not hidden behind what could.
        assert_eq!(latest.at_hand(|_| Err(())), Err(()));
        assert_eq!(latest.newest(kept), Err(()));
    }
}
