//! Time-stamps over HTTP (RFC 3161 §3.4): many requests in flight over kept connections, tried again
//! after pauses that grow, and the next authority when one fails.
//!
//! 1. Workers take the requests in order; a request is sent again only after a fault that may pass,
//!    after the pauses of [`Schedule`].
//! 2. What came is judged at once by whoever asked, while others are still in flight: the judge may
//!    write it down, so that nothing is lost when the program is stopped.
//! 3. A refused answer is not asked for again from the same authority, which would answer the same.
//! 4. An authority that could not be reached at all is left out for the rest of the batch; when all
//!    are, what is left of the batch is not asked for.
//!
//! RFC 3161 knows no request for several imprints, so n signatures cost n exchanges. One time-stamp
//! for many is that over a sealed archive (docs/levels.md).

use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::Duration;

use crate::diag::Words;
use crate::net::Client;
use crate::net::HttpUrl;
use crate::net::NetError;

/// The largest answer: a token with the authority's chain has 3 to 8 KiB.
const ANSWER_LIMIT: u64 = 256 * 1024;

const QUERY: &str = "application/timestamp-query";
const REPLY: &str = "application/timestamp-reply";

/// The pauses before each further try. Their number is that of the tries after the first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule(pub Vec<Duration>);

impl Default for Schedule {
    /// After 1, 4 and 16 seconds. No chance is in it: one school sends one batch, not a thousand.
    fn default() -> Self {
        Self([1, 4, 16].map(Duration::from_secs).to_vec())
    }
}

/// Judges an answer to the request with this number: takes it over as a `T` or says why not.
pub type Judge<'a, T> = dyn Fn(usize, &[u8]) -> Result<T, Words> + Sync + 'a;

/// Time-stamp authorities, the first preferred.
#[derive(Clone, Debug)]
pub struct Tsa {
    client: Client,
    urls: Vec<HttpUrl>,
    schedule: Schedule,
}

impl Tsa {
    /// Authorities to be asked through `client`.
    pub fn new(client: Client, urls: Vec<HttpUrl>, schedule: Schedule) -> Self {
        Self {
            client,
            urls,
            schedule,
        }
    }

    /// Asks for a time-stamp for each request (DER, RFC 3161 §2.4.1). The answers come in the order
    /// of the requests; one that fails does not keep the others from being asked for.
    ///
    /// # Errors
    /// Each answer is its own: [`NetError`] of the last authority that was asked.
    pub fn ask<T: Send>(
        &self,
        requests: &[Vec<u8>],
        judge: &Judge<'_, T>,
    ) -> Vec<Result<T, NetError>> {
        let answers: Mutex<Vec<(usize, Result<T, NetError>)>> = Mutex::new(Vec::new());
        let next = AtomicUsize::new(0);
        let down = Mutex::new((0, NetError::NobodyToAsk {}));
        let work = || {
            while let number = next.fetch_add(1, Ordering::Relaxed)
                && let Some(request) = requests.get(number)
            {
                let answer = self.one(&down, request, &|bytes| judge(number, bytes));
                if let Ok(mut answers) = answers.lock() {
                    answers.push((number, answer));
                }
            }
        };
        thread::scope(|scope| {
            for _ in 1..self.client.bounds.in_flight.min(requests.len()) {
                scope.spawn(work);
            }
            work();
        });
        let mut answers = answers.into_inner().unwrap_or_default();
        answers.sort_unstable_by_key(|(number, _)| *number);
        answers.into_iter().map(|(_, answer)| answer).collect()
    }

    /// `down` counts the authorities that the batch has given up, and holds what the last one did.
    fn one<T>(
        &self,
        down: &Mutex<(usize, NetError)>,
        request: &[u8],
        judge: &dyn Fn(&[u8]) -> Result<T, Words>,
    ) -> Result<T, NetError> {
        let (given_up, mut last) = down.lock().unwrap_or_else(PoisonError::into_inner).clone();
        for (index, url) in self.urls.iter().enumerate().skip(given_up) {
            last = match self.patiently(url, request) {
                Ok(answer) => match judge(&answer) {
                    Ok(taken) => return Ok(taken),
                    Err(why) => {
                        let url = url.to_string();
                        NetError::Refused { url, why }
                    }
                },
                Err(error) => {
                    let mut down = down.lock().unwrap_or_else(PoisonError::into_inner);
                    if error.is_passing() && index >= down.0 {
                        *down = (index + 1, error.clone());
                    }
                    error
                }
            };
        }
        Err(last)
    }

    fn patiently(&self, url: &HttpUrl, request: &[u8]) -> Result<Vec<u8>, NetError> {
        let ask = || self.client.post(url, QUERY, request, ANSWER_LIMIT, REPLY);
        let mut answer = ask();
        for pause in &self.schedule.0 {
            match &answer {
                Err(error) if error.is_passing() => thread::sleep(*pause),
                _ => break,
            }
            answer = ask();
        }
        answer
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::Bounds;
    use crate::net::Reach;
    use crate::net::testing::Answer;
    use crate::net::testing::Server;

    fn tsa(servers: &[&Server]) -> Tsa {
        let urls: Vec<HttpUrl> = servers.iter().map(|server| server.url("/tsa")).collect();
        let bounds = Bounds {
            time: Duration::from_millis(1500),
            in_flight: 4,
            ..Bounds::default()
        };
        let client = Client::new(Reach::named(&urls), bounds);
        let schedule = Schedule(vec![Duration::from_millis(5); 2]);
        Tsa::new(client, urls, schedule)
    }

    fn take(_: usize, bytes: &[u8]) -> Result<Vec<u8>, Words> {
        match bytes {
            b"bad" => Err(Words::new("sai", "bad")),
            good => Ok(good.to_vec()),
        }
    }

    fn requests(count: u8) -> Vec<Vec<u8>> {
        (0..count).map(|number| vec![number]).collect()
    }

    #[test]
    fn answers_come_in_the_order_of_the_requests_over_few_connections() {
        let server = Server::start(|request| {
            assert_eq!(
                (request.method.as_str(), request.kind.as_str()),
                ("POST", QUERY)
            );
            Answer::ok("Application/Timestamp-Reply; x=y", &request.body)
        });
        let answers = tsa(&[&server]).ask(&requests(40), &take);
        let got: Vec<Vec<u8>> = answers.into_iter().map(|a| a.expect("an answer")).collect();
        assert_eq!(got, requests(40));
        assert_eq!(server.requests(), 40);
        assert!(server.connections() <= 4, "{}", server.connections());
    }

    #[test]
    fn a_fault_that_passes_is_waited_out() {
        let server = Server::start(|request| match request.number {
            0 => Answer::status(503),
            1 => Answer::hang_up(),
            _ => Answer::ok(REPLY, b"token"),
        });
        let answers = tsa(&[&server]).ask(&requests(1), &take);
        assert_eq!(answers, [Ok(b"token".to_vec())]);
        assert_eq!(server.requests(), 3);
    }

    #[test]
    fn what_will_not_pass_is_asked_once() {
        let too_large = vec![0; 300 * 1024];
        for (answer, expected) in [
            (Answer::status(404), "404"),
            (Answer::ok("text/html", b"<p>log in"), "text/html"),
            (Answer::ok(REPLY, &too_large), "262144"),
            (Answer::ok(REPLY, b"bad"), "bad"),
            (Answer::redirect("/elsewhere"), "/elsewhere"),
        ] {
            let server = Server::start(move |_| answer.clone());
            let answers = tsa(&[&server]).ask(&requests(1), &take);
            let error = answers[0].as_ref().expect_err(expected);
            assert!(error.words().en.contains(expected), "{error}");
            assert_ne!(error.words().vi, error.words().en);
            assert_eq!(server.requests(), 1, "{error}");
        }
    }

    #[test]
    fn the_next_authority_takes_over() {
        let refusing = Server::start(|_| Answer::ok(REPLY, b"bad"));
        let good = Server::start(|_| Answer::ok(REPLY, b"good"));
        let answers = tsa(&[&refusing, &good]).ask(&requests(3), &take);
        assert_eq!(answers, [(); 3].map(|()| Ok(b"good".to_vec())));
        assert_eq!(refusing.requests(), 3);
    }

    #[test]
    fn an_authority_that_is_down_does_not_hold_up_the_batch() {
        let down = Server::start(|_| Answer::status(500));
        let good = Server::start(|_| Answer::ok(REPLY, b"good"));
        let answers = tsa(&[&down, &good]).ask(&requests(40), &take);
        assert!(answers.iter().all(Result::is_ok));
        // Each of the four workers may have found out by itself.
        assert!(down.requests() <= 4 * 3, "{}", down.requests());

        let before = down.requests();
        let answers = tsa(&[&down]).ask(&requests(40), &take);
        assert!(answers.iter().all(Result::is_err));
        assert_eq!(answers.len(), 40);
        assert!(down.requests() - before <= 4 * 3, "{}", down.requests());
    }

    #[test]
    fn nobody_waits_for_ever() {
        let slow = Server::start(|_| Answer::slow(Duration::from_secs(4)));
        let mut tsa = tsa(&[&slow]);
        tsa.schedule = Schedule(Vec::new());
        let answers = tsa.ask(&requests(1), &take);
        assert!(
            matches!(&answers[0], Err(NetError::TimeLimit { .. })),
            "{:?}",
            answers[0]
        );
    }

    #[test]
    fn without_an_authority_nothing_is_asked() {
        let answers = tsa(&[]).ask(&requests(1), &take);
        assert_eq!(answers, [Err(NetError::NobodyToAsk {})]);
    }
}
