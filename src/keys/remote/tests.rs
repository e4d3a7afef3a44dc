//! A signing service that follows the published API, and some that do not.

use std::path::Path;

use rcgen::CertificateParams;
use rcgen::KeyPair;

use super::*;
use crate::keys::KeyUri;
use crate::net::testing::Answer as Said;
use crate::net::testing::Request;
use crate::net::testing::Server;

fn certificate() -> Vec<u8> {
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(Vec::<String>::new()).unwrap();
    params.self_signed(&key).unwrap().der().to_vec()
}

fn json_answer(value: &Value) -> Said {
    Said::ok("application/json", value.to_string().as_bytes())
}

fn info(certificate: &[u8], mode: &str, multisign: u64) -> Value {
    json!({
        "key": { "status": "enabled", "algo": ["1.2.840.10045.4.3.2"], "len": 256 },
        "cert": { "status": "valid", "certificates": [Base64::encode_string(certificate)] },
        "auth": { "mode": mode, "objects": [{ "type": "Password", "id": "PIN", "label": "Mã PIN" }] },
        "multisign": multisign,
    })
}

/// A signer over a service whose answers are given; `credentials/info` is answered for it.
fn signer(
    mode: &'static str,
    multisign: u64,
    answers: impl Fn(&str, &Request, &Value) -> Said + Send + Sync + 'static,
) -> (Server, Result<RemoteSigner, KeyError>) {
    let certificate = certificate();
    let server = Server::start(move |request| {
        let body: Value = serde_json::from_slice(&request.body).unwrap();
        let method = request.path.strip_prefix("/csc/v2/").unwrap().to_owned();
        assert_eq!(request.authorization, "Bearer token-1");
        match method.as_str() {
            "credentials/info" => json_answer(&info(&certificate, mode, multisign)),
            method => answers(method, request, &body),
        }
    });
    let url = HttpsUrl::parse(server.url("/csc/v2").as_str()).unwrap();
    let uri = RemoteUri {
        url: url.clone(),
        credential: Some("c".to_owned()),
        token: TokenAt::Environment("T".to_owned()),
    };
    let means = Means {
        dir: Path::new("."),
        pss: false,
        last_try: false,
        certificate: None,
        chain: &[],
        ask: &|_| Ok(SecretString::from("271828")),
        say: &|_| {},
        environment: &|_| Some("token-1".to_owned()),
    };
    let mut service = Service::new(&uri, &means).unwrap();
    service.pause = Duration::from_millis(5);
    service.patience = Duration::from_millis(100);
    let opened = opened(service, &uri, &means);
    (server, opened)
}

fn signatures(body: &Value) -> Value {
    let hashes = body["hashes"].as_array().unwrap();
    let made: Vec<String> = hashes
        .iter()
        .map(|hash| Base64::encode_string(format!("signed {}", hash.as_str().unwrap()).as_bytes()))
        .collect();
    json!({ "signatures": made })
}

/// A token in the environment, and nobody to be asked.
fn unasked() -> Means<'static> {
    Means {
        dir: Path::new("."),
        pss: false,
        last_try: false,
        certificate: None,
        chain: &[],
        ask: &|_| panic!("nobody is asked"),
        say: &|_| {},
        environment: &|_| Some("t".to_owned()),
    }
}

#[test]
fn hashes_go_out_in_batches_each_with_its_own_authorisation() {
    let (_server, signer) = signer("explicit", 2, |method, _, body| match method {
        "credentials/authorize" => {
            assert_eq!(
                body["authData"],
                json!([{ "id": "PIN", "value": "271828" }])
            );
            assert_eq!(
                body["numSignatures"],
                body["hashes"].as_array().unwrap().len()
            );
            json_answer(&json!({ "SAD": body["hashes"].to_string(), "expiresIn": 300 }))
        }
        "signatures/signHash" => {
            // What was authorised, and nothing else.
            assert_eq!(body["SAD"], body["hashes"].to_string());
            assert_eq!(body["hashAlgorithmOID"], "2.16.840.1.101.3.4.2.1");
            assert_eq!(body["signAlgo"], "1.2.840.10045.4.3.2");
            json_answer(&signatures(body))
        }
        other => panic!("{other}"),
    });
    let signer = signer.unwrap();
    assert_eq!(signer.at_once(), 2);
    let hash = Base64::encode_string(&signer.scheme.hash(b"b"));
    let made = signer.sign_all(&[b"a", b"b"]);
    assert_eq!(made[1].as_deref(), Ok(format!("signed {hash}").as_bytes()));
}

#[test]
fn a_confirmation_on_the_telephone_and_slow_signing_are_waited_for() {
    let asked = std::sync::atomic::AtomicUsize::new(0);
    let (_server, signer) = signer("implicit", 9, move |method, _, body| {
        let turn = asked.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        match method {
            "credentials/authorize" => json_answer(&json!({ "handle": "h" })),
            "credentials/authorizeCheck" if turn < 3 => {
                Said::ok("text/plain", b"").with_status(202)
            }
            "credentials/authorizeCheck" => json_answer(&json!({ "SAD": "s" })),
            "signatures/signHash" => json_answer(&json!({ "responseID": "r" })),
            "signatures/signPolling" if turn < 6 => Said::ok("text/plain", b"").with_status(202),
            "signatures/signPolling" => {
                assert_eq!(body["responseID"], "r");
                json_answer(&json!({ "signatures": ["AQI="] }))
            }
            other => panic!("{other}"),
        }
    });
    assert_eq!(signer.unwrap().sign(b"a"), Ok(vec![1, 2]));
}

#[test]
fn nobody_is_waited_for_for_ever() {
    let (_server, signer) = signer("implicit", 1, |method, _, _| match method {
        "credentials/authorize" => json_answer(&json!({ "handle": "h" })),
        _ => Said::ok("text/plain", b"").with_status(202),
    });
    let error = signer.unwrap().sign(b"a").unwrap_err();
    assert!(error.reason.contains("authorizeCheck"), "{}", error.reason);
}

#[test]
fn after_a_refusal_nothing_is_asked_again() {
    let (server, signer) = signer("explicit", 1, |_, _, _| {
        json_answer(
            &json!({ "error": "invalid_pin", "error_description": "The PIN is\u{1b} wrong" }),
        )
        .with_status(400)
    });
    let signer = signer.unwrap();
    let error = signer.sign(b"a").unwrap_err();
    assert!(
        error.reason.contains("invalid_pin The PIN is"),
        "{}",
        error.reason
    );
    assert!(!error.reason.contains('\u{1b}') && !error.reason.contains("271828"));
    let asked = server.requests();
    assert!(signer.sign(b"b").is_err());
    assert_eq!(server.requests(), asked);
}

#[test]
fn hostile_answers_are_no_signatures() {
    for (answer, said) in [
        (json!({ "signatures": ["AQI="] }), "1 signatures for 2"),
        (
            json!({ "signatures": ["AQI=", "AQI=", "AQI="] }),
            "3 signatures for 2",
        ),
        (json!({ "signatures": ["AQI=", "*"] }), "no base64"),
        (json!({ "signatures": ["AQI=", 7] }), "no base64"),
        (json!({ "signatures": "AQI=" }), "no signatures"),
        (json!({}), "no signatures"),
        (json!([1]), "no signatures"),
    ] {
        let (_server, signer) = signer("oauth2code", 2, move |method, _, body| {
            assert_eq!((method, body.get("SAD")), ("signatures/signHash", None));
            json_answer(&answer)
        });
        let made = signer.unwrap().sign_all(&[b"a", b"b"]);
        assert!(
            made.iter()
                .all(|one| one.as_ref().is_err_and(|e| e.reason.contains(said))),
            "{made:?}"
        );
    }
}

#[test]
fn an_expired_sad_and_a_broken_connection_end_the_batch() {
    for broken in [false, true] {
        let (_server, signer) = signer("explicit", 1, move |method, _, _| match (method, broken) {
            ("credentials/authorize", _) => json_answer(&json!({ "SAD": "s" })),
            (_, true) => Said::hang_up(),
            (_, false) => json_answer(
                &json!({ "error": "invalid_request", "error_description": "SAD expired" }),
            )
            .with_status(400),
        });
        assert!(signer.unwrap().sign(b"a").is_err());
    }
}

#[test]
fn a_credential_that_cannot_sign_is_refused_before_anybody_is_asked() {
    let der = certificate();
    let good = info(&der, "explicit", 1);
    let with = |place: &str, value: Value| {
        let mut changed = good.clone();
        *changed.pointer_mut(place).unwrap() = value;
        changed
    };
    for (info, said) in [
        (with("/key/status", json!("disabled")), "disabled"),
        (with("/cert/status", json!("revoked")), "revoked"),
        (with("/cert/certificates", json!([])), "none"),
        (with("/cert/certificates", json!(["***"])), "no base64"),
        (with("/cert/certificates", json!(["AQI="])), ""),
        (with("/auth/mode", json!("magic")), "magic"),
        (with("/key/algo", json!(["1.2.3"])), "1.2.3"),
    ] {
        let server = Server::start(move |_| json_answer(&info));
        let text = format!("csc:{}?credential=c&token-env=T", server.url("/csc/v2"));
        let uri = KeyUri::parse(&text).unwrap();
        let means = unasked();
        let error = crate::keys::open(&uri, &means).map(drop).unwrap_err();
        assert!(error.to_string().contains(said), "{said}: {error}");
    }
}

#[test]
fn several_credentials_are_listed_and_one_is_taken() {
    let url = HttpsUrl::parse("https://a").unwrap();
    assert_eq!(url.as_str(), "https://a");
    let server = Server::start(|_| json_answer(&json!({ "credentialIDs": ["one", "two"] })));
    let text = format!("csc:{}?token-env=T", server.url("/csc/v2"));
    let uri = KeyUri::parse(&text).unwrap();
    let means = unasked();
    let error = crate::keys::certificate(&uri, &means).unwrap_err();
    assert!(error.to_string().contains("credential=two"), "{error}");
}

#[test]
fn requests_name_algorithms_that_the_credential_has() {
    let all = |oids: &[&str]| oids.iter().map(|oid| (*oid).to_owned()).collect::<Vec<_>>();
    let found = |scheme, oids: &[&str]| algorithm(scheme, &all(oids)).map(|(sign, ..)| sign);
    assert_eq!(
        found(Scheme::RSA_SHA256, &[]),
        Some("1.2.840.113549.1.1.11")
    );
    assert_eq!(
        found(Scheme::RSA_SHA256, &["1.2.840.113549.1.1.1"]),
        Some("1.2.840.113549.1.1.1")
    );
    assert_eq!(
        found(Scheme::RSA_PSS_SHA256, &["1.2.840.113549.1.1.1"]),
        None
    );
    assert_eq!(
        found(Scheme::ECDSA_SHA384, &["1.2.840.10045.2.1"]),
        Some("1.2.840.10045.2.1")
    );
    // The parameters are what they say (RFC 4055 §3.1).
    assert_eq!(PSS.len(), usize::from(PSS[1]) + 2);
}
