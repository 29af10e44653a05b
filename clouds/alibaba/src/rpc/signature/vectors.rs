//! Signatures of real clients and published examples, and what must not verify.

use http::{HeaderMap, HeaderName, HeaderValue};
use muster_wire::encoding::form_pairs;

use super::v3::{self, Algorithm, Authorization, Names, Signed};
use super::{Mismatch, v1};
use crate::rpc::Parameters;

const KEY: &str = "LTAI5tMusterTestKey0001";
const SECRET: &str = "MusterTestSecret0123456789abcdef";
const NONCE: &str = "3ee8c1b8f1ae2a55aeb7d5e7c2a1f0d4";
const TIME: &str = "2026-01-15T08:30:00Z";
const EMPTY_SHA256: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
const PUT_CONTACT_GROUP: &str = "ContactGroupName=%E8%80%83%E5%8B%A4%E7%B3%BB%E7%BB%9F%E7%BB%84&ContactNames.1=Alice\
    &ContactNames.2=lucy&Describe=%E5%91%8A%E8%AD%A6%E6%B5%8B%E8%AF%95+a%2Bb*c~d&EnableSubscribed=";
const CURSOR: &str = "EndTime=2026-01-15T01%3A00%3A00Z&Matchers=%5B%7B%22Label%22%3A%22instanceId%22%2C%22Operator%22%3A%22\
    EQUALS%22%2C%22Value%22%3A%22i-abc+1%22%7D%5D&Metric=cpu_total&Namespace=acs_ecs_dashboard&Period=60\
    &StartTime=2026-01-15T00%3A00%3A00Z";

fn form(text: &str) -> Parameters {
    Parameters::from_pairs(form_pairs(text).expect("UTF-8"))
}

/// The parameters of a V1 request as they travel, without the signature.
fn v1_wire(action: &str, version: &str, rest: &str) -> String {
    format!(
        "Action={action}&Version={version}&AccessKeyId={KEY}&SignatureMethod=HMAC-SHA1&SignatureVersion=1.0\
         &SignatureNonce={NONCE}&Timestamp=2026-01-15T08%3A30%3A00Z&{rest}"
    )
}

fn v1_check(method: &str, wire: &str, signature: &str) -> Result<(), Mismatch> {
    let signature = Parameters::from_pairs([("Signature".to_owned(), signature.to_owned())]);
    v1::verify(method, &form(wire).merge(signature).expect("no signature yet"), SECRET)
}

#[track_caller]
fn v1_holds(method: &str, wire: &str, signature: &str) {
    assert_eq!(v1_check(method, wire, signature), Ok(()));
}

fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
    let header = |&(name, value): &(&'static str, &str)| {
        (HeaderName::from_static(name), HeaderValue::from_str(value).expect("a header's text"))
    };
    pairs.iter().map(header).collect()
}

/// A V3 request as the Python SDK sends it.
fn python(action: &str, more: &[(&'static str, &str)]) -> HeaderMap {
    let mut pairs = vec![
        ("accept", "application/json"),
        ("host", "127.0.0.1:8080"),
        ("user-agent", "muster-vector/1.0"),
        ("x-acs-action", action),
        ("x-acs-content-sha256", EMPTY_SHA256),
        ("x-acs-credentials-provider", "static_ak"),
        ("x-acs-date", TIME),
        ("x-acs-signature-nonce", NONCE),
        ("x-acs-version", "2019-01-01"),
    ];
    pairs.retain(|(name, _)| more.iter().all(|(other, _)| name != other));
    pairs.extend_from_slice(more);
    headers(&pairs)
}

const PYTHON_SIGNS: &str = "accept;host;user-agent;x-acs-action;x-acs-content-sha256;x-acs-credentials-provider;\
    x-acs-date;x-acs-signature-nonce;x-acs-version";
const GO_SIGNS: &str =
    "host;x-acs-action;x-acs-content-sha256;x-acs-date;x-acs-signature-nonce;x-acs-version";

fn authorization<'a>(signed_headers: &'a str, signature: &'a str) -> Authorization<'a> {
    Authorization { algorithm: Algorithm::Sha256, access_key_id: KEY, signed_headers, signature }
}

#[track_caller]
fn canonical_hash(algorithm: Algorithm, request: Signed<'_>, signed_headers: &str, expected: &str) {
    let canonical = v3::canonical_request(algorithm, request, signed_headers, Names::Encoded);
    assert_eq!(algorithm.hash(canonical.as_bytes()), expected, "{canonical}");
}

#[test]
fn vector_1_v1_everything_in_the_query() {
    let wire = v1_wire("PutContactGroup", "2019-01-01", &format!("Format=json&{PUT_CONTACT_GROUP}True"));
    assert_eq!(
        v1::string_to_sign("POST", &form(&wire)),
        "POST&%2F&AccessKeyId%3DLTAI5tMusterTestKey0001%26Action%3DPutContactGroup%26ContactGroupName%3D\
         %25E8%2580%2583%25E5%258B%25A4%25E7%25B3%25BB%25E7%25BB%259F%25E7%25BB%2584%26ContactNames.1%3DAlice\
         %26ContactNames.2%3Dlucy%26Describe%3D%25E5%2591%258A%25E8%25AD%25A6%25E6%25B5%258B%25E8%25AF%2595%2520a\
         %252Bb%252Ac~d%26EnableSubscribed%3DTrue%26Format%3Djson%26SignatureMethod%3DHMAC-SHA1%26SignatureNonce%3D\
         3ee8c1b8f1ae2a55aeb7d5e7c2a1f0d4%26SignatureVersion%3D1.0%26Timestamp%3D2026-01-15T08%253A30%253A00Z\
         %26Version%3D2019-01-01"
    );
    v1_holds("POST", &wire, "ve3a9qNTF2lIDnl/TxHarGIfTro=");
}

#[test]
fn vector_2_v3_parameters_in_the_query() {
    let query = form(&format!("{PUT_CONTACT_GROUP}True"));
    let headers = python("PutContactGroup", &[]);
    let request = Signed { method: "POST", query: &query, headers: &headers, body: b"" };
    let hash = "d2d5910137865dbb34f00e3757b61bad57c1c66c3c2d89894a682bbfd28f2d3b";
    canonical_hash(Algorithm::Sha256, request, PYTHON_SIGNS, hash);
    let signature = "7e6f01dad5abc0492a09511293dd7fdc346d8ec6d50b3b47ed37bca58e3ca80a";
    assert_eq!(v3::verify(&authorization(PYTHON_SIGNS, signature), request, SECRET), Ok(()));
}

#[test]
fn vector_3_v1_operation_parameters_in_the_body() {
    let wire = v1_wire("Cursor", "2019-01-01", &format!("Format=json&{CURSOR}"));
    assert!(v1::string_to_sign("POST", &form(&wire)).contains("i-abc%25201"));
    v1_holds("POST", &wire, "LcR3toke3Ht9bLfNxtM0AJdLn5Q=");
}

const CURSOR_HASH: &str = "06e522b4abf58f356b1fde9eebfbc2cc6d4ab447ede9ba7bfec0a37d912dee01";
const CURSOR_SIGNATURE: &str = "d00c4a385b7f6b3682b7959f0f8b659c4df5d0e00171826efbe593d603aeff1a";
const CURSOR_SIGNS: &str = "accept;content-type;host;user-agent;x-acs-action;x-acs-content-sha256;\
    x-acs-credentials-provider;x-acs-date;x-acs-signature-nonce;x-acs-version";

fn cursor_headers(hash: &str) -> HeaderMap {
    let form = ("content-type", "application/x-www-form-urlencoded");
    python("Cursor", &[form, ("x-acs-content-sha256", hash)])
}

#[test]
fn vector_4_v3_form_body() {
    let (query, headers) = (Parameters::default(), cursor_headers(CURSOR_HASH));
    let request = Signed { method: "POST", query: &query, headers: &headers, body: CURSOR.as_bytes() };
    let hash = "39b61ea8f532a84bf0dc732e89cafa1cc7ae2955932e1b5a7c7436988dcfb36b";
    canonical_hash(Algorithm::Sha256, request, CURSOR_SIGNS, hash);
    assert_eq!(v3::verify(&authorization(CURSOR_SIGNS, CURSOR_SIGNATURE), request, SECRET), Ok(()));
}

#[test]
fn vector_5_v1_with_a_session_token() {
    let rest = "Format=json&MetricName=cpu_total&Namespace=acs_ecs_dashboard&SecurityToken=CAISstsToken%2B%2F%3Dvalue";
    let wire = v1_wire("DescribeMetricRuleCount", "2019-01-01", rest);
    assert!(
        v1::string_to_sign("GET", &form(&wire)).contains("SecurityToken%3DCAISstsToken%252B%252F%253Dvalue")
    );
    v1_holds("GET", &wire, "mG6C+gywlrxzjvqVeVEO4JCD410=");
}

#[test]
fn vector_6_v3_with_a_session_token() {
    let query = form("MetricName=cpu_total&Namespace=acs_ecs_dashboard");
    let session = [
        ("x-acs-accesskey-id", KEY),
        ("x-acs-credentials-provider", "static_sts"),
        ("x-acs-security-token", "CAISstsToken+/=value"),
    ];
    let headers = python("DescribeMetricRuleCount", &session);
    let signs = "accept;host;user-agent;x-acs-accesskey-id;x-acs-action;x-acs-content-sha256;x-acs-credentials-provider;\
        x-acs-date;x-acs-security-token;x-acs-signature-nonce;x-acs-version";
    let request = Signed { method: "GET", query: &query, headers: &headers, body: b"" };
    let hash = "7f3c6da525cff26f24ad6cf43de5d3e415d2b42e70018141178001c12628e485";
    canonical_hash(Algorithm::Sha256, request, signs, hash);
    let signature = "fa21c2d978898c83061cc36bfb7929e437e0899cb334090984bc5d7ce1298a18";
    assert_eq!(v3::verify(&authorization(signs, signature), request, SECRET), Ok(()));
}

#[test]
fn vector_7_v3_with_sm3() {
    let query = form(&format!("{PUT_CONTACT_GROUP}True"));
    let empty = "1ab21d8355cfa17f8e61194831e81a8f22bec8c728fefb747ed035eb5082aa2b";
    assert_eq!(Algorithm::Sm3.hash(b""), empty);
    let headers = python("PutContactGroup", &[("x-acs-content-sha256", empty)]);
    let request = Signed { method: "POST", query: &query, headers: &headers, body: b"" };
    let hash = "ed5a7584c59ba446b278fd6ca80d8b6a97c7c31ddb6422362473f1216fd0f59c";
    canonical_hash(Algorithm::Sm3, request, PYTHON_SIGNS, hash);
    let signature = "997a530123c337fab433c691ed2ec4469c21613b182e6ba5cd23fd2eeeb5c496";
    let authorization = Authorization { algorithm: Algorithm::Sm3, ..authorization(PYTHON_SIGNS, signature) };
    assert_eq!(v3::verify(&authorization, request, SECRET), Ok(()));
}

#[test]
fn vector_8_core_go_signs_an_empty_signature_type() {
    let rest = "Format=JSON&PageNumber=1&PageSize=20&RegionId=cn-hangzhou&SignatureType=";
    let wire = v1_wire("DescribeContactGroupList", "2019-01-01", rest);
    let expected =
        "%26SignatureNonce%3D3ee8c1b8f1ae2a55aeb7d5e7c2a1f0d4%26SignatureType%3D%26SignatureVersion%3D1.0";
    assert!(v1::string_to_sign("GET", &form(&wire)).contains(expected));
    v1_holds("GET", &wire, "91ANj8f7UzA6lTXpW80La+PW+eM=");
    v1_holds("POST", &wire, "YsPucArBZl3DHbQIv3szPhcgXXs=");
}

#[test]
fn vector_9_terraform() {
    let body = "Format=json&Id.1=%E8%A7%84%E5%88%99+%231%2Fa&RegionId=cn-hangzhou";
    let wire = v1_wire("DeleteMetricRules", "2019-01-01", body);
    assert!(
        v1::string_to_sign("POST", &form(&wire))
            .contains("Id.1%3D%25E8%25A7%2584%25E5%2588%2599%2520%25231%252Fa")
    );
    v1_holds("POST", &wire, "hBuejXyVqg+3h61HAFn5uOpAkZE=");
}

#[test]
fn vector_10_eleven_items_are_signed_in_byte_order() {
    let names: String = (1..=11).map(|index| format!("&ContactNames.{index}=c{index}")).collect();
    let wire = v1_wire("PutContactGroup", "2019-01-01", &format!("Format=json&ContactGroupName=g{names}"));
    v1_holds("POST", &wire, "cAzGKARL04wSq3okvojgc45N9ho=");
    let expected: Vec<String> = (1..=11).map(|index| format!("c{index}")).collect();
    assert_eq!(form(&wire).texts("ContactNames"), Ok(expected));
}

#[test]
fn vector_11_v3_as_go_signs() {
    let query = form(&format!("{PUT_CONTACT_GROUP}true"));
    let headers = python("PutContactGroup", &[]);
    let request = Signed { method: "POST", query: &query, headers: &headers, body: b"" };
    let hash = "2361fa44196b53ad8cbed354c63b0cd95666ce8be10f2cc7f09001727bb005a6";
    canonical_hash(Algorithm::Sha256, request, GO_SIGNS, hash);
    let signature = "14e32e25cba145587e59c184057abaf4fe2250e55a93fa4ccbf76bd1db278bed";
    assert_eq!(v3::verify(&authorization(GO_SIGNS, signature), request, SECRET), Ok(()));
}

#[test]
fn vector_12_published_v1() {
    let wire = "Action=DescribeRegions&Version=2014-05-26&Format=XML&AccessKeyId=testid&SignatureMethod=HMAC-SHA1\
                &SignatureVersion=1.0&SignatureNonce=3ee8c1b8-83d3-44af-a94f-4e0ad82fd6cf\
                &Timestamp=2016-02-23T12%3A46%3A24Z&Signature=OLeaidS1JvxuMvnyHOwuJ%2BuX5qY%3D";
    assert_eq!(v1::verify("GET", &form(wire), "testsecret"), Ok(()));
    // A client that did not encode its signature: the plus sign arrives as a blank.
    assert_eq!(v1::verify("GET", &form(&wire.replace("%2B", "+")), "testsecret"), Ok(()));
}

#[test]
fn vector_13_published_v3() {
    let query = form("ImageId=win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd&RegionId=cn-shanghai");
    let headers = headers(&[
        ("host", "ecs.cn-shanghai.aliyuncs.com"),
        ("x-acs-action", "RunInstances"),
        ("x-acs-content-sha256", EMPTY_SHA256),
        ("x-acs-date", "2023-10-26T10:22:32Z"),
        ("x-acs-signature-nonce", "3156853299f313e23d1673dc12e1703d"),
        ("x-acs-version", "2014-05-26"),
    ]);
    let request = Signed { method: "POST", query: &query, headers: &headers, body: b"" };
    let hash = "7ea06492da5221eba5297e897ce16e55f964061054b7695beedaac1145b1e259";
    canonical_hash(Algorithm::Sha256, request, GO_SIGNS, hash);
    let signature = "06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0";
    assert_eq!(v3::verify(&authorization(GO_SIGNS, signature), request, "YourAccessKeySecret"), Ok(()));
}

#[test]
fn spelling_and_order_on_the_wire_do_not_matter() {
    let wire = v1_wire("PutContactGroup", "2019-01-01", &format!("Format=json&{PUT_CONTACT_GROUP}True"));
    let mut reordered: Vec<&str> = wire.split('&').collect();
    reordered.reverse();
    for wire in
        [wire.replace('+', "%20"), wire.replace('~', "%7E"), wire.replace('*', "%2a"), reordered.join("&")]
    {
        v1_holds("POST", &wire, "ve3a9qNTF2lIDnl/TxHarGIfTro=");
    }
}

#[test]
fn a_changed_parameter_does_not_verify() {
    let wire = v1_wire("PutContactGroup", "2019-01-01", &format!("Format=json&{PUT_CONTACT_GROUP}True"));
    let signature = "ve3a9qNTF2lIDnl/TxHarGIfTro=";
    for changed in [wire.replace("c~d", "c~e"), format!("{wire}&More="), wire.replace("&Format=json", "")] {
        let mismatch = v1_check("POST", &changed, signature).expect_err("another request");
        assert_eq!(mismatch.string_to_sign, v1::string_to_sign("POST", &form(&changed)));
    }
    assert!(v1_check("GET", &wire, signature).is_err());
    assert!(v1_check("POST", &wire, "").is_err());

    let headers = python("PutContactGroup", &[]);
    let query = form(&format!("{PUT_CONTACT_GROUP}True").replace("c~d", "c~e"));
    let request = Signed { method: "POST", query: &query, headers: &headers, body: b"" };
    let signature = "7e6f01dad5abc0492a09511293dd7fdc346d8ec6d50b3b47ed37bca58e3ca80a";
    assert!(v3::verify(&authorization(PYTHON_SIGNS, signature), request, SECRET).is_err());
}

#[test]
fn a_changed_action_does_not_verify() {
    let query = form(&format!("{PUT_CONTACT_GROUP}True"));
    let headers = python("DeleteContactGroup", &[]);
    let request = Signed { method: "POST", query: &query, headers: &headers, body: b"" };
    let signature = "7e6f01dad5abc0492a09511293dd7fdc346d8ec6d50b3b47ed37bca58e3ca80a";
    assert!(v3::verify(&authorization(PYTHON_SIGNS, signature), request, SECRET).is_err());
}

#[test]
fn a_changed_body_does_not_verify_whatever_its_hash_header_says() {
    let query = Parameters::default();
    let body = CURSOR.replace("Period=60", "Period=61");
    for hash in [CURSOR_HASH, &Algorithm::Sha256.hash(body.as_bytes())] {
        let headers = cursor_headers(hash);
        let request = Signed { method: "POST", query: &query, headers: &headers, body: body.as_bytes() };
        assert!(v3::verify(&authorization(CURSOR_SIGNS, CURSOR_SIGNATURE), request, SECRET).is_err());
    }
}

#[test]
fn headers_that_must_be_signed() {
    let headers = python("PutContactGroup", &[]);
    assert_eq!(authorization(PYTHON_SIGNS, "00").unsigned(&headers), None);
    for name in v3::ALWAYS_SIGNED {
        let fewer: Vec<&str> = PYTHON_SIGNS.split(';').filter(|signed| *signed != name).collect();
        assert_eq!(authorization(&fewer.join(";"), "00").unsigned(&headers), Some(name));
    }
    let absent = format!("{PYTHON_SIGNS};x-acs-z");
    assert_eq!(authorization(&absent, "00").unsigned(&headers), Some("x-acs-z"));
}

#[test]
fn names_may_be_signed_plain_as_sdks_do() {
    let query = form("Tag%201=x");
    let headers = python("PutContactGroup", &[]);
    let request = Signed { method: "POST", query: &query, headers: &headers, body: b"" };
    let plain = v3::canonical_request(Algorithm::Sha256, request, GO_SIGNS, Names::Plain);
    let signature = v3::sign(Algorithm::Sha256, SECRET, &plain);
    assert_eq!(v3::verify(&authorization(GO_SIGNS, &signature), request, SECRET), Ok(()));
}

#[test]
fn a_plain_name_does_not_pass_for_several_parameters() {
    let headers = python("PutContactGroup", &[]);
    let signed = |query| Signed { method: "POST", query, headers: &headers, body: b"" };
    let (meant, sent) = (form("A=1&B=2"), form("A%3D1%26B=2"));
    let canonical = v3::canonical_request(Algorithm::Sha256, signed(&meant), GO_SIGNS, Names::Encoded);
    let signature = v3::sign(Algorithm::Sha256, SECRET, &canonical);
    let authorization = authorization(GO_SIGNS, &signature);
    assert_eq!(v3::verify(&authorization, signed(&meant), SECRET), Ok(()));
    assert!(v3::verify(&authorization, signed(&sent), SECRET).is_err());
}
