//! A key that a signing service holds: the Cloud Signature Consortium's API, version 2. Hash in,
//! signature out; the text never leaves this machine.
//!
//! 1. `credentials/list`, if no credential is named; it must give one
//! 2. `credentials/info`: the certificates, what the key can do, how its use is authorised
//! 3. `credentials/authorize` with the hashes: signature activation data (SAD) against a PIN or OTP
//!    (`explicit`), or against a confirmation on the owner's telephone (`implicit`, polled by
//!    `credentials/authorizeCheck`); nothing of it where the access token carries it (`oauth2code`)
//! 4. `signatures/signHash`, as many as the credential signs at once (`multisign`); where the
//!    service works asynchronously, `signatures/signPolling`
//!
//! Whatever a service answers is verified before it is kept, as with every key. After a failure it is
//! asked nothing more: a wrong PIN is tried once.

use std::sync::Mutex;
use std::thread;
use std::time::Duration;

use base64ct::Base64;
use base64ct::Encoding;
use secrecy::ExposeSecret;
use secrecy::SecretString;
use serde_json::Value;
use serde_json::json;

use crate::diag::Words;
use crate::diag::words::tame;
use crate::keys::KeyError;
use crate::keys::Means;
use crate::keys::OpenKey;
use crate::keys::file;
use crate::keys::job::base64_decoded;
use crate::net::https;
use crate::net::https::Access;
use crate::net::https::HttpsUrl;
use crate::sign::CertificateFacts;
use crate::sign::Scheme;
use crate::sign::Signer;
use crate::sign::SignerError;

/// One exchange.
const TIME: Duration = Duration::from_secs(60);
/// Between two questions whether it is done.
const PAUSE: Duration = Duration::from_secs(2);
/// Somebody has to find a telephone and confirm on it.
const PATIENCE: Duration = Duration::from_secs(300);
/// The most that is asked for at once, whatever the service says.
const MOST_AT_ONCE: u64 = 50;
/// The most certificates of a credential.
const MOST_CERTIFICATES: usize = 8;

/// `csc:https://HOST/csc/v2?credential=ID&token-file=FILE`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemoteUri {
    /// The service's address, with `/csc/v2`.
    pub url: HttpsUrl,
    /// The credential; none when the owner has only one.
    pub credential: Option<String>,
    /// Where the access token is.
    pub token: TokenAt,
}

/// Where a service's access token is; it is never part of a command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TokenAt {
    /// The first line of a file.
    File(std::path::PathBuf),
    /// A variable of the environment.
    Environment(String),
}

/// What a service says of a credential.
struct Credential {
    id: String,
    certificate: Vec<u8>,
    pool: Vec<Vec<u8>>,
    algorithms: Vec<String>,
    authorisation: Authorisation,
    at_once: usize,
}

/// How the use of a key is authorised.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Authorisation {
    /// Secrets that the owner types: id, label, whether it is sent on request.
    Explicit(Vec<(String, String, bool)>),
    /// On the owner's telephone.
    Implicit,
    /// By the access token.
    Token,
}

/// A service with an access token.
struct Service {
    https: https::Service,
    pause: Duration,
    patience: Duration,
}

fn refused(url: &str, reason: &str) -> KeyError {
    KeyError::Remote {
        url: url.to_owned(),
        reason: tame(reason),
    }
}

/// A key of a signing service.
struct RemoteSigner {
    service: Service,
    credential: Credential,
    chain: Vec<Vec<u8>>,
    scheme: Scheme,
    secrets: Vec<(String, SecretString)>,
    /// One batch at a time; the reason of the first failure, after which nothing is asked.
    failed: Mutex<Option<String>>,
}

pub(crate) fn open(uri: &RemoteUri, means: &Means<'_>) -> Result<OpenKey, KeyError> {
    let service = Service::new(uri, means)?;
    opened(service, uri, means).map(|signer| Box::new(signer) as OpenKey)
}

fn opened(service: Service, uri: &RemoteUri, means: &Means<'_>) -> Result<RemoteSigner, KeyError> {
    let credential = service.credential(uri)?;
    let given = means.certificate;
    if given.is_some_and(|given| given != credential.certificate) {
        return Err(service.refused("the certificate is not the one given by --cert"));
    }
    let scheme = Scheme::of_certificate(&credential.certificate, means.pss)?;
    if algorithm(scheme, &credential.algorithms).is_none() {
        let all = credential.algorithms.join(", ");
        return Err(service.refused(&format!("{}: key.algo = {all}", scheme.name())));
    }
    let mut secrets = Vec::new();
    if let Authorisation::Explicit(objects) = &credential.authorisation {
        for (id, label, challenge) in objects {
            if *challenge {
                let asked = json!({ "credentialID": credential.id });
                service.call("credentials/getChallenge", &asked)?;
            }
            let label = tame(label);
            let secret = (means.ask)(&Words::new(label.clone(), label))?;
            secrets.push((id.clone(), secret));
        }
    }
    let pool = [credential.pool.clone(), means.chain.to_vec()].concat();
    Ok(RemoteSigner {
        chain: file::path_above(&credential.certificate, &pool),
        service,
        credential,
        scheme,
        secrets,
        failed: Mutex::new(None),
    })
}

pub(crate) fn certificate(uri: &RemoteUri, means: &Means<'_>) -> Result<Vec<u8>, KeyError> {
    let service = Service::new(uri, means)?;
    Ok(service.credential(uri)?.certificate)
}

impl Service {
    fn new(uri: &RemoteUri, means: &Means<'_>) -> Result<Self, KeyError> {
        let token = match &uri.token {
            TokenAt::File(path) => file::secret(&file::within(means.dir, path))?,
            TokenAt::Environment(name) => (means.environment)(name)
                .map(SecretString::from)
                .ok_or_else(|| KeyError::NoVariable { name: name.clone() })?,
        };
        let url = uri.url.as_str();
        if !token.expose_secret().bytes().all(|b| b.is_ascii_graphic()) {
            return Err(refused(url, "access token: not visible ASCII"));
        }
        let bearer = SecretString::from(format!("Bearer {}", token.expose_secret()));
        let access = Access {
            time: Some(TIME),
            ..Access::default()
        };
        let https = https::Service::new(url, &access, vec![("Authorization", bearer)]);
        Ok(Self {
            https: https.map_err(|error| refused(url, &error.words().en))?,
            pause: PAUSE,
            patience: PATIENCE,
        })
    }

    fn refused(&self, reason: &str) -> KeyError {
        refused(self.https.base(), reason)
    }

    /// Asks, and takes nothing but what was asked for or a "not yet".
    fn call(&self, method: &str, body: &Value) -> Result<Value, KeyError> {
        let body = serde_json::to_vec(body).unwrap_or_default();
        let answer = self
            .https
            .request("POST", &format!("/{method}"), Some(&body));
        let answer = answer.map_err(|error| self.refused(&error.words().en))?;
        let (status, json) = (answer.status, answer.json());
        if matches!(status, 200 | 201 | 202 | 204) {
            let json = json.ok_or_else(|| self.refused(&format!("{method}: not JSON")))?;
            return Ok(json);
        }
        // CSC §10.1: `error` for programs, `error_description` for people.
        let json = json.unwrap_or_default();
        let text = |name: &str| json.get(name).and_then(Value::as_str).unwrap_or_default();
        let said: String = text("error_description").chars().take(300).collect();
        let code: String = text("error").chars().take(60).collect();
        Err(self.refused(&format!("{method}: HTTP {status} {code} {said}")))
    }

    fn credential(&self, uri: &RemoteUri) -> Result<Credential, KeyError> {
        let id = match &uri.credential {
            Some(id) => id.clone(),
            None => self.only_credential()?,
        };
        let asked = json!({
            "credentialID": id,
            "certificates": "chain",
            "certInfo": true,
            "authInfo": true,
        });
        let info = self.call("credentials/info", &asked)?;
        let text = |place: &str| info.pointer(place).and_then(Value::as_str);
        for place in ["/key/status", "/cert/status"] {
            if let Some(status) = text(place)
                && !matches!(status, "enabled" | "valid")
            {
                return Err(self.refused(&format!("{place} = {status}")));
            }
        }
        let list = info.pointer("/cert/certificates").and_then(Value::as_array);
        let list = list.map(Vec::as_slice).unwrap_or_default();
        let decoded = list.iter().take(MOST_CERTIFICATES).map(|one| {
            let der = one.as_str().and_then(base64_decoded);
            let der = der.ok_or_else(|| self.refused("cert/certificates: no base64"))?;
            CertificateFacts::of(&der)?;
            Ok(der)
        });
        let mut pool = decoded.collect::<Result<Vec<Vec<u8>>, KeyError>>()?;
        if pool.is_empty() {
            return Err(self.refused("cert/certificates: none"));
        }
        let certificate = pool.remove(0);
        let algorithms = info.pointer("/key/algo").and_then(Value::as_array);
        let algorithms = algorithms.into_iter().flatten().filter_map(Value::as_str);
        // v2 has an object `auth`, v1 had `authMode`.
        let mode = text("/auth/mode")
            .or_else(|| text("/authMode"))
            .unwrap_or_default();
        let authorisation = match mode {
            "explicit" => Authorisation::Explicit(secrets(&info)),
            "implicit" => Authorisation::Implicit,
            "oauth2code" | "oauth2token" => Authorisation::Token,
            other => return Err(self.refused(&format!("auth/mode = {other}"))),
        };
        let multisign = info.get("multisign").and_then(Value::as_u64).unwrap_or(1);
        Ok(Credential {
            algorithms: algorithms.map(str::to_owned).collect(),
            at_once: usize::try_from(multisign.clamp(1, MOST_AT_ONCE)).unwrap_or(1),
            id,
            certificate,
            pool,
            authorisation,
        })
    }

    fn only_credential(&self) -> Result<String, KeyError> {
        let list = self.call("credentials/list", &json!({}))?;
        let ids = list.get("credentialIDs").and_then(Value::as_array);
        let ids: Vec<&str> = ids
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        match ids[..] {
            [only] => Ok(only.to_owned()),
            [] => Err(self.refused("credentials/list: none")),
            _ => Err(KeyError::Several {
                what: "keys",
                found: ids
                    .iter()
                    .map(|id| format!("credential={}", tame(id)))
                    .collect(),
            }),
        }
    }

    /// Asks again until there is what is waited for.
    fn poll<T>(
        &self,
        method: &str,
        body: &Value,
        found: impl Fn(&Value) -> Option<T>,
    ) -> Result<T, KeyError> {
        let mut waited = Duration::ZERO;
        loop {
            let answer = self.call(method, body)?;
            if let Some(found) = found(&answer) {
                return Ok(found);
            }
            if waited >= self.patience {
                let seconds = self.patience.as_secs();
                return Err(self.refused(&format!("{method}: > {seconds} s")));
            }
            thread::sleep(self.pause);
            waited += self.pause;
        }
    }
}

/// What the owner types, by `auth/objects`.
fn secrets(info: &Value) -> Vec<(String, String, bool)> {
    let objects = info.pointer("/auth/objects").and_then(Value::as_array);
    let objects = objects.map(Vec::as_slice).unwrap_or_default();
    let shown = objects.iter().take(4).filter_map(|object| {
        let text = |name: &str| object.get(name).and_then(Value::as_str);
        let id = text("id")?.to_owned();
        let label = text("label").unwrap_or(&id).to_owned();
        // A one-time password that the service sends has to be asked for.
        let sent = text("generator").is_some_and(|generator| generator != "totp");
        (text("type") != Some("ChallengeResponse")).then_some((id, label, sent))
    });
    let all: Vec<_> = shown.collect();
    match all.is_empty() {
        true => vec![("PIN".to_owned(), "PIN".to_owned(), false)],
        false => all,
    }
}

/// The identifiers that a request is made with: signature, its parameters, digest.
fn algorithm(
    scheme: Scheme,
    allowed: &[String],
) -> Option<(&'static str, Option<&'static [u8]>, &'static str)> {
    const SHA256: &str = "2.16.840.1.101.3.4.2.1";
    const SHA384: &str = "2.16.840.1.101.3.4.2.2";
    // With the digest in it, or the bare key's.
    let (whole, bare, parameters, digest): (_, _, Option<&[u8]>, _) = match scheme {
        Scheme::RSA_PSS_SHA256 => (
            "1.2.840.113549.1.1.10",
            "1.2.840.113549.1.1.10",
            Some(PSS),
            SHA256,
        ),
        Scheme::RSA_SHA256 => (
            "1.2.840.113549.1.1.11",
            "1.2.840.113549.1.1.1",
            None,
            SHA256,
        ),
        Scheme::ECDSA_SHA384 => ("1.2.840.10045.4.3.3", "1.2.840.10045.2.1", None, SHA384),
        _ => ("1.2.840.10045.4.3.2", "1.2.840.10045.2.1", None, SHA256),
    };
    let named = |oid: &str| allowed.iter().any(|one| one == oid);
    match (allowed.is_empty() || named(whole), named(bare)) {
        (true, _) => Some((whole, parameters, digest)),
        (_, true) => Some((bare, parameters, digest)),
        _ => None,
    }
}

/// RSASSA-PSS-params (RFC 4055 §3.1): SHA-256, MGF1 with SHA-256, 32 bytes of salt.
const PSS: &[u8] = &[
    0x30, 0x34, 0xa0, 0x0f, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02,
    0x01, 0x05, 0x00, 0xa1, 0x1c, 0x30, 0x1a, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01,
    0x01, 0x08, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05,
    0x00, 0xa2, 0x03, 0x02, 0x01, 0x20,
];

impl Signer for RemoteSigner {
    fn certificate(&self) -> &[u8] {
        &self.credential.certificate
    }

    fn chain(&self) -> &[Vec<u8>] {
        &self.chain
    }

    fn scheme(&self) -> Scheme {
        self.scheme
    }

    fn at_once(&self) -> usize {
        self.credential.at_once
    }

    fn sign(&self, bytes: &[u8]) -> Result<Vec<u8>, SignerError> {
        let none = || {
            Err(SignerError {
                reason: "—".into()
            })
        };
        self.sign_all(&[bytes]).pop().unwrap_or_else(none)
    }

    fn sign_all(&self, all: &[&[u8]]) -> Vec<Result<Vec<u8>, SignerError>> {
        let hashes: Vec<String> = all
            .iter()
            .map(|bytes| Base64::encode_string(&self.scheme.hash(bytes)))
            .collect();
        let mut failed = match self.failed.lock() {
            Ok(failed) => failed,
            Err(poisoned) => poisoned.into_inner(),
        };
        let made = match &*failed {
            Some(reason) => Err(reason.clone()),
            None => self.batch(&hashes).map_err(|error| error.to_string()),
        };
        match made {
            Ok(signatures) => signatures.into_iter().map(Ok).collect(),
            Err(reason) => {
                failed.get_or_insert_with(|| reason.clone());
                let error = SignerError { reason };
                all.iter().map(|_| Err(error.clone())).collect()
            }
        }
    }
}

impl RemoteSigner {
    /// One authorisation, and the signatures that it is for.
    fn batch(&self, hashes: &[String]) -> Result<Vec<Vec<u8>>, KeyError> {
        let Some((sign, parameters, digest)) = algorithm(self.scheme, &self.credential.algorithms)
        else {
            return Err(self.service.refused(self.scheme.name()));
        };
        let mut body = json!({
            "credentialID": self.credential.id,
            "hashes": hashes,
            "hashAlgorithmOID": digest,
            "signAlgo": sign,
        });
        if let Some(parameters) = parameters {
            body["signAlgoParams"] = Base64::encode_string(parameters).into();
        }
        if let Some(sad) = self.authorised(hashes, digest)? {
            body["SAD"] = sad.expose_secret().into();
        }
        let service = &self.service;
        let answer = service.call("signatures/signHash", &body)?;
        let signatures = |json: &Value| json.get("signatures").filter(|s| s.is_array()).cloned();
        let found = match (signatures(&answer), answer.get("responseID")) {
            (Some(found), _) => found,
            (None, Some(response)) => {
                let asked = json!({ "responseID": response });
                service.poll("signatures/signPolling", &asked, signatures)?
            }
            (None, None) => return Err(service.refused("signatures/signHash: no signatures")),
        };
        let found = found.as_array().map(Vec::as_slice).unwrap_or_default();
        if found.len() != hashes.len() {
            let (got, asked) = (found.len(), hashes.len());
            return Err(service.refused(&format!("{got} signatures for {asked} hashes")));
        }
        let decoded = found
            .iter()
            .map(|one| one.as_str().and_then(base64_decoded));
        let decoded: Option<Vec<Vec<u8>>> = decoded.collect();
        decoded.ok_or_else(|| service.refused("signatures: no base64"))
    }

    /// Signature activation data for these hashes; none where the access token is enough.
    fn authorised(
        &self,
        hashes: &[String],
        digest: &str,
    ) -> Result<Option<SecretString>, KeyError> {
        let service = &self.service;
        let mut body = json!({
            "credentialID": self.credential.id,
            "numSignatures": hashes.len(),
            "hashes": hashes,
            "hashAlgorithmOID": digest,
        });
        match self.credential.authorisation {
            Authorisation::Token => return Ok(None),
            Authorisation::Implicit => {}
            Authorisation::Explicit(_) => {
                let typed = self
                    .secrets
                    .iter()
                    .map(|(id, secret)| json!({ "id": id, "value": secret.expose_secret() }));
                body["authData"] = typed.collect::<Vec<_>>().into();
            }
        }
        let sad = |json: &Value| {
            let sad = json.get("SAD").and_then(Value::as_str);
            sad.filter(|sad| !sad.is_empty()).map(SecretString::from)
        };
        let answer = service.call("credentials/authorize", &body)?;
        if let Some(sad) = sad(&answer) {
            return Ok(Some(sad));
        }
        let Some(handle) = answer.get("handle") else {
            return Err(service.refused("credentials/authorize: no SAD"));
        };
        let asked = json!({ "handle": handle });
        let found = service.poll("credentials/authorizeCheck", &asked, sad)?;
        Ok(Some(found))
    }
}

#[cfg(test)]
mod tests;
