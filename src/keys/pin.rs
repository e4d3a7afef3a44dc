//! Whether a PIN may be tried: a token tells beforehand when it is about to lock (PKCS#11 3.0,
//! CK_TOKEN_INFO), and what it tells is looked at before anybody is asked.

use crate::diag::Words;
use crate::keys::KeyError;
use crate::keys::error::Left;

/// How a token's PIN stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct PinState {
    /// CKF_USER_PIN_COUNT_LOW: a wrong one was tried since the last right one.
    pub(crate) count_low: bool,
    /// CKF_USER_PIN_FINAL_TRY.
    pub(crate) final_try: bool,
    /// CKF_USER_PIN_LOCKED.
    pub(crate) locked: bool,
}

impl PinState {
    /// Lets a try pass or not; what is said goes to the person before the PIN is asked for.
    ///
    /// # Errors
    /// [`KeyError::Locked`]; [`KeyError::LastTry`] unless the last try was asked for in so many words.
    pub(crate) fn gate(self, token: &str, last_try: bool) -> Result<Option<Words>, KeyError> {
        let token = token.to_owned();
        if self.locked {
            return Err(KeyError::Locked { token });
        }
        if self.final_try {
            return match last_try {
                true => Ok(Some(Words::new(
                    format!("LẦN NHẬP PIN CUỐI: sai nữa là token «{token}» bị khóa"),
                    format!("LAST TRY: one wrong PIN more locks token «{token}»"),
                ))),
                false => Err(KeyError::LastTry { token }),
            };
        }
        Ok(self.count_low.then(|| {
            Words::new(
                format!("token «{token}» báo: đã có lần nhập sai PIN, còn ít lần thử"),
                format!("token «{token}» says: a wrong PIN was tried before, few tries are left"),
            )
        }))
    }

    /// What is left after a wrong one.
    pub(crate) fn left(self) -> Left {
        match self {
            Self { locked: true, .. } => Left::None,
            Self {
                final_try: true, ..
            } => Left::One,
            Self {
                count_low: true, ..
            } => Left::Few,
            _ => Left::Some,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_try_needs_an_explicit_word_and_a_locked_token_none() {
        let fresh = PinState::default();
        assert_eq!(fresh.gate("t", false), Ok(None));
        let low = PinState {
            count_low: true,
            ..fresh
        };
        assert!(matches!(low.gate("t", false), Ok(Some(_))));
        let last = PinState {
            final_try: true,
            ..low
        };
        assert!(matches!(
            last.gate("t", false),
            Err(KeyError::LastTry { .. })
        ));
        assert!(matches!(last.gate("t", true), Ok(Some(_))));
        let locked = PinState {
            locked: true,
            ..last
        };
        for asked in [false, true] {
            let refused = locked.gate("t", asked);
            assert!(matches!(refused, Err(KeyError::Locked { .. })));
        }
        let left = [fresh, low, last, locked].map(PinState::left);
        assert_eq!(left, [Left::Some, Left::Few, Left::One, Left::None]);
    }
}
