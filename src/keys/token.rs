//! PKCS#11: one token, one certificate, one key, one PIN.
//!
//! 1. [`find`]: the module, the one token and the one certificate that the URI describes. No PIN.
//! 2. [`open`]: the PIN, asked for and tried once; then the one private key with the certificate's
//!    CKA_ID. Nothing is ever "the first".
//! 3. Each signature: the mechanism with the digest inside, else the plain one with a digest made here.
//!
//! A session belongs to one thread at a time, so it stands behind a lock; forms are set meanwhile.

use std::sync::Mutex;

use cryptoki::context::CInitializeArgs;
use cryptoki::context::CInitializeFlags;
use cryptoki::context::Pkcs11;
use cryptoki::error::Error;
use cryptoki::error::RvError;
use cryptoki::mechanism::Mechanism;
use cryptoki::mechanism::MechanismType;
use cryptoki::mechanism::rsa::PkcsMgfType;
use cryptoki::mechanism::rsa::PkcsPssParams;
use cryptoki::object::Attribute;
use cryptoki::object::AttributeType;
use cryptoki::object::CertificateType;
use cryptoki::object::ObjectClass;
use cryptoki::object::ObjectHandle;
use cryptoki::session::Session;
use cryptoki::session::UserType;
use cryptoki::slot::Slot;
use cryptoki::slot::TokenInfo;
use secrecy::SecretString;

use crate::diag::Words;
use crate::diag::words::tame;
use crate::keys::KeyError;
use crate::keys::Means;
use crate::keys::OpenKey;
use crate::keys::file;
use crate::keys::pin::PinState;
use crate::sign::CertificateFacts;
use crate::sign::Scheme;
use crate::sign::Signer;
use crate::sign::SignerError;
use crate::sign::ecdsa_der;

mod module;

/// Which key of which token (RFC 7512 §2.3). What is none is not asked about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TokenUri {
    /// Label of the token.
    pub token: Option<String>,
    /// Manufacturer of the token.
    pub manufacturer: Option<String>,
    /// Model of the token.
    pub model: Option<String>,
    /// Serial number of the token.
    pub serial: Option<String>,
    /// Number of the slot.
    pub slot_id: Option<u64>,
    /// Description of the slot.
    pub slot_description: Option<String>,
    /// Manufacturer of the slot.
    pub slot_manufacturer: Option<String>,
    /// Description of the module.
    pub library_description: Option<String>,
    /// Manufacturer of the module.
    pub library_manufacturer: Option<String>,
    /// CKA_LABEL of certificate and key.
    pub object: Option<String>,
    /// CKA_ID of certificate and key.
    pub id: Option<Vec<u8>>,
    /// The module's file.
    pub module_path: Option<std::path::PathBuf>,
    /// The module's name, without `lib` and ending.
    pub module_name: Option<String>,
    /// A file whose first line is the PIN.
    pub pin_source: Option<std::path::PathBuf>,
}

/// A token that was found, with the signer's certificate; nobody is logged in.
struct Found {
    context: Pkcs11,
    slot: Slot,
    label: String,
    session: Session,
    certificate: Vec<u8>,
    /// CKA_ID of the certificate, or the URI's.
    id: Option<Vec<u8>>,
    /// Other certificates on the token.
    others: Vec<Vec<u8>>,
}

/// Reads the signer's certificate; no PIN is needed for that.
pub(crate) fn certificate(uri: &TokenUri, means: &Means<'_>) -> Result<Vec<u8>, KeyError> {
    find(uri, means).map(|found| found.certificate)
}

/// Opens the key: asks for the PIN once, tries it once.
pub(crate) fn open(uri: &TokenUri, means: &Means<'_>) -> Result<OpenKey, KeyError> {
    let found = find(uri, means)?;
    let pin = log_in(uri, means, &found)?;
    let key = private_key(uri, &found)?;
    let always = matches!(
        found
            .session
            .get_attributes(key, &[AttributeType::AlwaysAuthenticate])
            .as_deref(),
        Ok([Attribute::AlwaysAuthenticate(true)])
    );
    let scheme = Scheme::of_certificate(&found.certificate, means.pss)?;
    let mechanisms = found
        .context
        .get_mechanism_list(found.slot)
        .map_err(refused)?;
    let chain = file::path_above(&found.certificate, &[&found.others, means.chain].concat());
    Ok(Box::new(TokenSigner {
        certificate: found.certificate,
        chain,
        scheme,
        digests: mechanisms.contains(&digesting(scheme)),
        state: Mutex::new(State {
            session: found.session,
            key,
            again: always.then_some(pin),
        }),
        _context: found.context,
    }))
}

pub(crate) fn tries(uri: &TokenUri, means: &Means<'_>) -> Result<Option<Words>, KeyError> {
    let found = find(uri, means)?;
    let info = found.context.get_token_info(found.slot).map_err(refused)?;
    match info.login_required() {
        true => state(&info).gate(&found.label, means.last_try),
        false => Ok(None),
    }
}

/// Finds the one token and the one certificate.
fn find(uri: &TokenUri, means: &Means<'_>) -> Result<Found, KeyError> {
    let path = module::path(uri, means.dir)?;
    let context = Pkcs11::new(&path).map_err(|error| KeyError::Module {
        path: path.display().to_string(),
        reason: error.to_string(),
    })?;
    match context.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK)) {
        Ok(()) | Err(Error::Pkcs11(RvError::CryptokiAlreadyInitialized, _)) => {}
        Err(error) => return Err(refused(error)),
    }
    let (slot, info) = the_token(uri, &context)?;
    let label = tame(info.label());
    let session = context.open_ro_session(slot).map_err(refused)?;
    let mut found = Found {
        context,
        slot,
        label,
        session,
        certificate: Vec::new(),
        id: uri.id.clone(),
        others: Vec::new(),
    };
    the_certificate(uri, means, &mut found)?;
    Ok(found)
}

fn the_token(uri: &TokenUri, context: &Pkcs11) -> Result<(Slot, TokenInfo), KeyError> {
    let library = context.get_library_info().map_err(refused)?;
    let right_library = is(&uri.library_description, library.library_description())
        && is(&uri.library_manufacturer, library.manufacturer_id());
    let mut all = Vec::new();
    for slot in context.get_slots_with_token().map_err(refused)? {
        // A token that was just drawn out is no reason to fail.
        let Ok(info) = context.get_token_info(slot) else {
            continue;
        };
        let right_slot = match (&uri.slot_description, &uri.slot_manufacturer) {
            (None, None) => true,
            (description, manufacturer) => context.get_slot_info(slot).is_ok_and(|slot| {
                is(description, slot.slot_description()) && is(manufacturer, slot.manufacturer_id())
            }),
        };
        if info.token_initialized() {
            let named = uri.slot_id.is_none_or(|id| id == slot.id())
                && is(&uri.token, info.label())
                && is(&uri.manufacturer, info.manufacturer_id())
                && is(&uri.model, info.model())
                && is(&uri.serial, info.serial_number());
            all.push((slot, info, right_library && right_slot && named));
        }
    }
    let shown = |(slot, info, _): &(Slot, TokenInfo, bool)| {
        let (label, serial) = (tame(info.label()), tame(info.serial_number()));
        format!("token={label};serial={serial};slot-id={}", slot.id())
    };
    let everything: Vec<String> = all.iter().map(shown).collect();
    let mut right: Vec<_> = all.into_iter().filter(|(_, _, right)| *right).collect();
    match (right.pop(), right.is_empty()) {
        (Some((slot, info, _)), true) => Ok((slot, info)),
        (Some(last), false) => {
            right.push(last);
            Err(KeyError::Several {
                what: "tokens",
                found: right.iter().map(shown).collect(),
            })
        }
        (None, _) => Err(KeyError::NoToken { found: everything }),
    }
}

/// RFC 7512 §2.4: what stands in the URI must be equal to what the token says, blanks at the end
/// aside, with which PKCS#11 fills its fields up.
fn is(asked: &Option<String>, there: &str) -> bool {
    asked
        .as_deref()
        .is_none_or(|asked| asked == there.trim_end())
}

fn the_certificate(uri: &TokenUri, means: &Means<'_>, found: &mut Found) -> Result<(), KeyError> {
    let template = [
        Attribute::Class(ObjectClass::CERTIFICATE),
        Attribute::CertificateType(CertificateType::X_509),
    ];
    let mut candidates: Vec<OnToken> = Vec::new();
    for object in found.session.find_objects(&template).map_err(refused)? {
        let Some(one) = OnToken::read(&found.session, object) else {
            continue;
        };
        let named = uri.object.as_ref().is_none_or(|label| *label == one.label)
            && uri.id.as_ref().is_none_or(|id| *id == one.id);
        let given = means.certificate.map(|given| given == one.der);
        // An authority's certificate is there for the path; it signs nothing here.
        let signs = !file::is_authority(&one.der) && CertificateFacts::of(&one.der).is_ok();
        match given {
            Some(true) => candidates.push(one),
            None if named && signs => candidates.push(one),
            _ => found.others.push(one.der),
        }
    }
    // The same certificate twice, as some tools leave it, is one.
    candidates.sort_by(|a, b| a.der.cmp(&b.der).then_with(|| a.id.cmp(&b.id)));
    candidates.dedup_by(|a, b| a.der == b.der && a.id == b.id);
    match (candidates.pop(), candidates.is_empty(), means.certificate) {
        (Some(one), true, _) => {
            found.id = Some(one.id).filter(|id| !id.is_empty());
            found.certificate = one.der;
            Ok(())
        }
        (Some(last), false, _) => {
            candidates.push(last);
            Err(KeyError::Several {
                what: "certificates",
                found: candidates.iter().map(OnToken::shown).collect(),
            })
        }
        // Some tokens hold the key only, or hide the certificate.
        (None, _, Some(given)) => {
            found.certificate = given.to_vec();
            Ok(())
        }
        (None, _, None) => Err(KeyError::NoCertificate {
            token: found.label.clone(),
        }),
    }
}

/// A certificate object.
struct OnToken {
    der: Vec<u8>,
    id: Vec<u8>,
    label: String,
}

impl OnToken {
    fn read(session: &Session, object: ObjectHandle) -> Option<Self> {
        let wanted = [
            AttributeType::Value,
            AttributeType::Id,
            AttributeType::Label,
        ];
        let (mut der, mut id, mut label) = (None, Vec::new(), String::new());
        for attribute in session.get_attributes(object, &wanted).ok()? {
            match attribute {
                Attribute::Value(value) => der = Some(value),
                Attribute::Id(value) => id = value,
                Attribute::Label(value) => label = String::from_utf8_lossy(&value).into_owned(),
                _ => {}
            }
        }
        der.map(|der| Self { der, id, label })
    }

    fn shown(&self) -> String {
        let facts = CertificateFacts::of(&self.der).ok();
        let name = facts.and_then(|facts| facts.subject_cn).unwrap_or_default();
        let (label, name) = (tame(&self.label), tame(&name));
        format!("object={label};id={} «{name}»", percent(&self.id))
    }
}

/// A CKA_ID as a URI has it.
fn percent(id: &[u8]) -> String {
    id.iter().map(|byte| format!("%{byte:02x}")).collect()
}

/// Logs in: looks at the state of the PIN, asks once, tries once. The PIN that was used; none where
/// the token has its own key pad.
fn log_in(
    uri: &TokenUri,
    means: &Means<'_>,
    found: &Found,
) -> Result<Option<SecretString>, KeyError> {
    let info = || found.context.get_token_info(found.slot).map_err(refused);
    let before = info()?;
    if !before.login_required() {
        return Ok(None);
    }
    if let Some(warning) = state(&before).gate(&found.label, means.last_try)? {
        (means.say)(&warning);
    }
    let label = &found.label;
    let pin = if before.protected_authentication_path() {
        (means.say)(&Words::new(
            format!("nhập PIN trên bàn phím của token «{label}»"),
            format!("enter the PIN on the key pad of token «{label}»"),
        ));
        None
    } else if let Some(source) = &uri.pin_source {
        Some(file::secret(&file::within(means.dir, source))?)
    } else {
        let words = Words::new(
            format!("PIN của token «{label}»"),
            format!("PIN of token «{label}»"),
        );
        Some((means.ask)(&words)?)
    };
    match found.session.login(UserType::User, pin.as_ref()) {
        Ok(()) | Err(Error::Pkcs11(RvError::UserAlreadyLoggedIn, _)) => Ok(pin),
        Err(error) => Err(match error {
            Error::Pkcs11(
                RvError::PinIncorrect | RvError::PinLenRange | RvError::PinInvalid,
                _,
            ) => {
                let left = info().map(|info| state(&info)).unwrap_or_default().left();
                KeyError::WrongPin { left }
            }
            Error::Pkcs11(RvError::PinLocked, _) => KeyError::Locked {
                token: label.clone(),
            },
            other => refused(other),
        }),
    }
}

fn state(info: &TokenInfo) -> PinState {
    PinState {
        count_low: info.user_pin_count_low(),
        final_try: info.user_pin_final_try(),
        locked: info.user_pin_locked(),
    }
}

/// The one private key that belongs to the certificate.
fn private_key(uri: &TokenUri, found: &Found) -> Result<ObjectHandle, KeyError> {
    let mut template = vec![Attribute::Class(ObjectClass::PRIVATE_KEY)];
    match (&found.id, &uri.object) {
        (Some(id), _) => template.push(Attribute::Id(id.clone())),
        (None, Some(label)) => template.push(Attribute::Label(label.as_bytes().to_vec())),
        (None, None) => {}
    }
    let keys = found.session.find_objects(&template).map_err(refused)?;
    match keys[..] {
        [only] => Ok(only),
        [] => Err(KeyError::NoKey {
            token: found.label.clone(),
        }),
        [_, _, ..] => {
            let wanted = [AttributeType::Id, AttributeType::Label];
            let shown = keys.iter().map(|key| {
                let (mut id, mut label) = (String::new(), String::new());
                for attribute in found
                    .session
                    .get_attributes(*key, &wanted)
                    .unwrap_or_default()
                {
                    match attribute {
                        Attribute::Id(value) => id = percent(&value),
                        Attribute::Label(value) => label = tame(&String::from_utf8_lossy(&value)),
                        _ => {}
                    }
                }
                format!("object={label};id={id}")
            });
            Err(KeyError::Several {
                what: "keys",
                found: shown.collect(),
            })
        }
    }
}

struct State {
    session: Session,
    key: ObjectHandle,
    /// For a key that wants the PIN before each signature (CKA_ALWAYS_AUTHENTICATE): the PIN, or
    /// none where the token has its own key pad.
    again: Option<Option<SecretString>>,
}

struct TokenSigner {
    certificate: Vec<u8>,
    chain: Vec<Vec<u8>>,
    scheme: Scheme,
    /// Whether the token makes the digest too.
    digests: bool,
    state: Mutex<State>,
    /// Lives as long as the session.
    _context: Pkcs11,
}

impl Signer for TokenSigner {
    fn certificate(&self) -> &[u8] {
        &self.certificate
    }

    fn chain(&self) -> &[Vec<u8>] {
        &self.chain
    }

    fn scheme(&self) -> Scheme {
        self.scheme
    }

    fn sign(&self, bytes: &[u8]) -> Result<Vec<u8>, SignerError> {
        let failed = |error: Error| SignerError {
            reason: error.to_string(),
        };
        let state = self.state.lock().map_err(|_| SignerError {
            reason: "token".into(),
        })?;
        let made =
            |(mechanism, input): (Mechanism<'_>, Vec<u8>)| state.signature(&mechanism, &input);
        let made = if self.digests {
            match made(whole(self.scheme, bytes, state.again.is_some())) {
                // Some tokens list the mechanism and do not have it.
                Err(Error::Pkcs11(
                    RvError::MechanismInvalid
                    | RvError::MechanismParamInvalid
                    | RvError::FunctionNotSupported
                    | RvError::KeyTypeInconsistent,
                    _,
                )) => made(plain(self.scheme, bytes)),
                other => other,
            }
        } else {
            made(plain(self.scheme, bytes))
        };
        let signature = made.map_err(failed)?;
        match self.scheme.coordinate() {
            None => Ok(signature),
            Some(_) => ecdsa_der(&signature).ok_or_else(|| SignerError {
                reason: format!("ECDSA: {} byte", signature.len()),
            }),
        }
    }
}

impl State {
    /// Initialises, logs in for this one signature where the key wants it, and signs.
    fn signature(&self, mechanism: &Mechanism<'_>, input: &[u8]) -> Result<Vec<u8>, Error> {
        let Some(pin) = &self.again else {
            return self.session.sign(mechanism, self.key, input);
        };
        // PKCS#11 3.0 §5.6.7: a context-specific login comes between the two.
        self.session.sign_init(mechanism, self.key)?;
        self.session
            .login(UserType::ContextSpecific, pin.as_ref())?;
        self.session.sign_update(input)?;
        self.session.sign_final()
    }
}

/// The mechanism that makes the digest too.
fn digesting(scheme: Scheme) -> MechanismType {
    match scheme {
        Scheme::RSA_PSS_SHA256 => MechanismType::SHA256_RSA_PKCS_PSS,
        Scheme::RSA_SHA256 => MechanismType::SHA256_RSA_PKCS,
        Scheme::ECDSA_SHA384 => MechanismType::ECDSA_SHA384,
        _ => MechanismType::ECDSA_SHA256,
    }
}

/// What is given to a token that makes the digest too. With ECDSA that is only asked for where the
/// PIN comes in between (`again`): then the bytes are given in parts, which not every token takes
/// with the plain mechanism.
fn whole(scheme: Scheme, bytes: &[u8], again: bool) -> (Mechanism<'static>, Vec<u8>) {
    match scheme {
        Scheme::ECDSA_SHA256 if again => (Mechanism::EcdsaSha256, bytes.to_vec()),
        Scheme::ECDSA_SHA384 if again => (Mechanism::EcdsaSha384, bytes.to_vec()),
        Scheme::RSA_PSS_SHA256 => (Mechanism::Sha256RsaPkcsPss(PSS), bytes.to_vec()),
        Scheme::RSA_SHA256 => (Mechanism::Sha256RsaPkcs, bytes.to_vec()),
        _ => plain(scheme, bytes),
    }
}

/// What is given to a token that only signs digests.
fn plain(scheme: Scheme, bytes: &[u8]) -> (Mechanism<'static>, Vec<u8>) {
    let hash = scheme.hash(bytes);
    match scheme {
        Scheme::RSA_PSS_SHA256 => (Mechanism::RsaPkcsPss(PSS), hash),
        Scheme::RSA_SHA256 => (Mechanism::RsaPkcs, [DIGEST_INFO, &hash].concat()),
        _ => (Mechanism::Ecdsa, hash),
    }
}

const PSS: PkcsPssParams = PkcsPssParams {
    hash_alg: MechanismType::SHA256,
    mgf: PkcsMgfType::MGF1_SHA256,
    s_len: cryptoki::types::Ulong::new(32),
};

/// DigestInfo of SHA-256 but for the digest (RFC 8017 §9.2, note 1).
const DIGEST_INFO: &[u8] = &[
    0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05,
    0x00, 0x04, 0x20,
];

fn refused(error: Error) -> KeyError {
    KeyError::Token {
        reason: error.to_string(),
    }
}
