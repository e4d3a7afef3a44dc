//! Signing in more than one step: jobs that go elsewhere and come back, and two runs at once.

use std::fs;
use std::fs::File;

use base64ct::Base64;
use base64ct::Encoding;
use hoso::sign::Pkcs12;
use hoso::sign::Signer;
use serde_json::Value;
use serde_json::json;

use crate::lab::Lab;
use crate::lab::Said;
use crate::start;

const WHO: &str = "mai-thi-dieu-hien";
const RECORD: &str = "2024-2025/mg-5a/giao-an/2024-09-09";

/// A lab with the signer's certificate beside the keys, and the signer.
fn lab() -> (Lab, Pkcs12) {
    let lab = start::enrolled().copy();
    let password = lab.read("../keys/password");
    let file = fs::read(lab.path(&format!("keys/{WHO}.p12"))).expect("a key");
    let signer = Pkcs12::open(&file, password.trim_end()).expect("the password");
    lab.write("../keys/cert.der", signer.certificate());
    let chain: Vec<String> = signer.chain().iter().map(|der| pem(der)).collect();
    lab.write("../keys/chain.pem", chain.concat());
    (lab, signer)
}

fn pem(der: &[u8]) -> String {
    let text = Base64::encode_string(der);
    format!("-----BEGIN CERTIFICATE-----\n{text}\n-----END CERTIFICATE-----\n")
}

fn prepare(lab: &Lab) -> Value {
    let said = lab.hoso(&[
        "sign",
        "--prepare",
        "../job.json",
        "--cert",
        "../keys/cert.der",
        "--chain",
        "../keys/chain.pem",
        "--all",
    ]);
    said.ended(0);
    serde_json::from_str(&lab.read("../job.json")).expect("a job")
}

/// Fills in one item, as a signer elsewhere would.
fn answer(item: &mut Value, signer: &Pkcs12) {
    let text = item["signed_attrs"].as_str().expect("attributes");
    let bytes = Base64::decode_vec(text).expect("base64");
    let signature = signer.sign(&bytes).expect("a signature");
    item["sig"] = json!(Base64::encode_string(&signature));
}

fn attach(lab: &Lab, job: &Value) -> Said {
    lab.write("../answered.json", job.to_string());
    lab.hoso(&["sign", "--attach", "../answered.json"])
}

fn signatures(lab: &Lab) -> usize {
    let listed = lab.git(&["ls-files", "signatures"]);
    listed.lines().filter(|line| line.ends_with(".p7s")).count()
}

#[test]
fn what_is_signed_elsewhere_comes_in_as_it_is_answered() {
    let (lab, signer) = lab();
    let mut job = prepare(&lab);
    let count = job["items"].as_array().expect("items").len();
    assert!(count >= 2 && signatures(&lab) == 0);
    // A job is never overwritten: it may hold signatures already.
    let again = lab.hoso(&[
        "sign",
        "--prepare",
        "../job.json",
        "--cert",
        "../keys/cert.der",
        "--all",
    ]);
    again.ended(3);

    answer(&mut job["items"][0], &signer);
    let said = attach(&lab, &job).ended(0);
    assert!(said.stderr.contains("chưa có chữ ký"), "{}", said.all());
    assert_eq!(signatures(&lab), 1);
    for item in job["items"].as_array_mut().expect("items") {
        answer(item, &signer);
    }
    let said = attach(&lab, &job).ended(0);
    assert!(said.stderr.contains("anh/chị đã ký"), "{}", said.all());
    assert_eq!(signatures(&lab), count);
    let verified = lab.hoso(&["verify", RECORD]);
    assert!(
        verified.stderr.contains("0 không đúng"),
        "{}",
        verified.all()
    );
}

#[test]
fn what_comes_back_is_not_believed() {
    let (lab, signer) = lab();
    let mut good = prepare(&lab);
    for item in good["items"].as_array_mut().expect("items") {
        answer(item, &signer);
    }
    let refused = |said: &str, change: &dyn Fn(&mut Value)| {
        let mut job = good.clone();
        change(&mut job);
        let answered = attach(&lab, &job).ended(1);
        assert!(answered.all().contains(said), "{said}: {}", answered.all());
        assert_eq!(signatures(&lab), 0, "{said}");
    };
    let all = |job: &mut Value, change: &dyn Fn(&mut Value)| {
        job["items"]
            .as_array_mut()
            .expect("items")
            .iter_mut()
            .for_each(change);
    };
    refused("không đúng", &|job| {
        let foreign = job["items"][1]["sig"].clone();
        job["items"].as_array_mut().expect("items").truncate(1);
        job["items"][0]["sig"] = foreign;
    });
    refused("base64", &|job| all(job, &|item| item["sig"] = json!("*")));
    refused("khác lúc lập", &|job| {
        all(job, &|item| item["signed_attrs"] = json!("MAA="))
    });
    refused("không có hồ sơ", &|job| {
        all(job, &|item| {
            item["record"] = json!("2024-2025/mg-5a/giao-an/x")
        })
    });
    refused("thuật toán", &|job| {
        job["alg"] = json!("RSA-PKCS1-SHA256")
    });
    refused("24 giờ", &|job| {
        job["created"] = json!("2024-09-28T00:00:00Z")
    });
    refused("24 giờ", &|job| {
        job["created"] = json!("2024-10-02T00:00:00Z")
    });
    refused("không phải việc ký", &|job| job["items"] = json!(7));
    refused("không phải việc ký", &|job| {
        job["schema"] = json!("hoso/signing-job/9")
    });
    refused("items", &|job| {
        job["items"] = Value::Array(vec![job["items"][0].clone(); 10_001]);
    });

    // The same record twice: the second finds nothing to sign.
    let mut twice = good.clone();
    let first = twice["items"][0].clone();
    twice["items"] = json!([first.clone(), first]);
    attach(&lab, &twice).ended(1);
    assert_eq!(signatures(&lab), 1);

    // The record has moved on since.
    let record = format!(
        "content/{}.md",
        good["items"][1]["record"].as_str().expect("an id")
    );
    let text = lab.read(&record);
    lab.write(&record, format!("{text}\nThêm.\n"));
    lab.commit("sửa");
    let mut moved = good.clone();
    let second = moved["items"][1].clone();
    moved["items"] = json!([second]);
    let said = attach(&lab, &moved).ended(1);
    assert!(said.all().contains("khác lúc lập"), "{}", said.all());
    assert_eq!(signatures(&lab), 1);
}

#[test]
fn one_run_at_a_time() {
    let (lab, _) = lab();
    let key = format!("../keys/{WHO}.p12");
    let sign = [
        "sign",
        "--key",
        &key,
        "--password-file",
        "../keys/password",
        "--all",
    ];
    lab.write(".git/hoso/lock", "");
    let lock = File::create(lab.at(".git/hoso/lock")).expect("the lock");
    lock.lock().expect("locked");
    let said = lab.hoso(&sign).ended(3);
    assert!(
        said.stderr.contains("đang có lần ký khác"),
        "{}",
        said.all()
    );
    assert_eq!(signatures(&lab), 0);
    // To look is allowed.
    lab.hoso(&["sign", "--as", WHO, "--dry-run"]).ended(0);
    lock.unlock().expect("unlocked");
    lab.hoso(&sign).ended(0);
}
