//! Random text, keys and certificates. All are opaque. What differs from run to run is a stand-in of the right shape
//! that is the same every time, and counts as unknown.

use std::any::Any as StdAny;
use std::rc::Rc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::Param::{Any, Int, List, Str, Uint};
use super::args::{any, int, made_of, text};
use super::encoding::base64_bytes;
use super::{Answer, CallError, Context, Function};
use hmac::{Hmac, Mac};
use sha2::Sha256;

use crate::template::bytes;
use crate::template::traced::{Made, Traced};
use crate::template::value::{Data, Object, Value};

pub(super) static FUNCTIONS: &[Function] = &[
    Function::new("randAlphaNum", &[Int], |cx, args| random(cx, "aB3dE5gH7jK9mN2pQ4sT6vX8", args)),
    Function::new("randAlpha", &[Int], |cx, args| random(cx, "aBdEgHjKmNpQsTvXyZ", args)),
    // Plain letters: the odd ones among the ASCII characters would only confuse who reads the result.
    Function::new("randAscii", &[Int], |cx, args| random(cx, "aBdEgHjKmNpQsTvXyZ", args)),
    Function::new("randNumeric", &[Int], |cx, args| random(cx, "1738294650", args)),
    Function::new("randBytes", &[Int], |cx, args| {
        let count = usize::try_from(int(args, 0)).map_err(|_| "runtime error: makeslice: len out of range")?;
        cx.text(count)?;
        Ok(unknown(STANDARD.encode(vec![0x5a; count])))
    }),
    Function::new("randInt", &[Int, Int], |_, args| {
        let (low, high) = (int(args, 0), int(args, 1));
        if high <= low { Err("invalid argument to Intn".into()) } else { Ok(Value::int(low)) }
    }),
    Function::new("shuffle", &[Str], |_, args| {
        let given = any(args, 0);
        let known = text(args, 0).chars().nth(1).is_none();
        Ok(Value::traced(Traced::made(text(args, 0), Made { known, ..given.made() })))
    }),
    Function::new("uuidv4", &[], |_, _| Ok(unknown("6ba7b814-9dad-41d1-80b4-00c04fd430c8"))),
    Function::new("bcrypt", &[Str], |_, _| Ok(unknown(bcrypt()))),
    Function::new("htpasswd", &[Str, Str], |_, args| {
        let name = text(args, 0);
        if name.contains(':') {
            return Ok(made_of(&any(args, 0), format!("invalid username: {name}")));
        }
        Ok(unknown(format!("{name}:{}", bcrypt())))
    }),
    Function::new("derivePassword", &[Uint, Str, Str, Str, Str], |cx, args| {
        // As long as many thousand steps.
        cx.spend(500_000)?;
        let [kind, password, user, site] = [1, 2, 3, 4].map(|at| text(args, at));
        let Some(templates) = TEMPLATES.iter().find(|(name, _)| *name == kind).map(|(_, templates)| *templates) else {
            return Ok(made_of(&any(args, 1), format!("cannot find password template {kind}")));
        };
        let password = derived(int(args, 0) as u32, templates, password, user, site);
        Ok(made_of(&any(args, 2), password.unwrap_or_default()))
    }),
    Function::new("genPrivateKey", &[Str], |_, args| {
        let label = match text(args, 0) {
            "" | "rsa" => "RSA PRIVATE KEY",
            "dsa" => "DSA PRIVATE KEY",
            "ecdsa" => "EC PRIVATE KEY",
            "ed25519" => "PRIVATE KEY",
            other => return Ok(made_of(&any(args, 0), format!("Unknown type {other}"))),
        };
        Ok(unknown(pem(label)))
    }),
    Function::new("genCA", &[Str, Int], |_, _| Ok(certificate(None))),
    Function::new("genCAWithKey", &[Str, Int, Str], |_, args| Ok(certificate(args.get(2)))),
    Function::new("genSelfSignedCert", &[Str, List, List, Int], |_, _| Ok(certificate(None))),
    Function::new("genSelfSignedCertWithKey", &[Str, List, List, Int, Str], |_, args| Ok(certificate(args.get(4)))),
    Function::new("genSignedCert", &[Str, List, List, Int, Any], |_, _| Ok(certificate(None))),
    Function::new("genSignedCertWithKey", &[Str, List, List, Int, Any, Str], |_, args| Ok(certificate(args.get(5)))),
    Function::new("buildCustomCert", &[Str, Str], build_custom_cert),
    Function::new("encryptAES", &[Str, Str], |_, args| {
        // As long as blocks of 16 bytes behind their vector.
        let mut bytes = [SEAL.as_slice(), text(args, 1).as_bytes()].concat();
        let padding = 16 - bytes.len() % 16;
        bytes.extend(std::iter::repeat_n(padding as u8, padding));
        Ok(unknown(STANDARD.encode(bytes)))
    }),
    Function::new("decryptAES", &[Str, Str], |_, args| {
        let bytes = base64_bytes(text(args, 1))
            .map_err(|at| CallError::Error(format!("illegal base64 data at input byte {at}")))?;
        match bytes.strip_prefix(&SEAL) {
            Some(padded) => {
                let padding = padded.last().map_or(0, |padding| usize::from(*padding));
                Ok(Value::str(bytes::text(&padded[..padded.len().saturating_sub(padding)])))
            }
            None => Ok(unknown("")),
        }
    }),
];

/// What `encryptAES` puts where the random vector would be, so that `decryptAES` knows its work.
const SEAL: [u8; 16] = [0; 16];

fn unknown(text: impl Into<String>) -> Value {
    Value::traced(Traced::made(text, Made { value: None, known: false }))
}

fn random(cx: &mut dyn Context, letters: &str, args: &[Value]) -> Answer {
    let count = usize::try_from(int(args, 0)).unwrap_or(0);
    cx.text(count)?;
    Ok(unknown(letters.chars().cycle().take(count).collect::<String>()))
}

/// The shapes of sprig's passwords by their kind: each letter stands for some [`characters`].
const TEMPLATES: &[(&str, &[&str])] = &[
    ("maximum", &["anoxxxxxxxxxxxxxxxxx", "axxxxxxxxxxxxxxxxxno"]),
    (
        "long",
        &[
            "CvcvnoCvcvCvcv",
            "CvcvCvcvnoCvcv",
            "CvcvCvcvCvcvno",
            "CvccnoCvcvCvcv",
            "CvccCvcvnoCvcv",
            "CvccCvcvCvcvno",
            "CvcvnoCvccCvcv",
            "CvcvCvccnoCvcv",
            "CvcvCvccCvcvno",
            "CvcvnoCvcvCvcc",
            "CvcvCvcvnoCvcc",
            "CvcvCvcvCvccno",
            "CvccnoCvccCvcv",
            "CvccCvccnoCvcv",
            "CvccCvccCvcvno",
            "CvcvnoCvccCvcc",
            "CvcvCvccnoCvcc",
            "CvcvCvccCvccno",
            "CvccnoCvcvCvcc",
            "CvccCvcvnoCvcc",
            "CvccCvcvCvccno",
        ],
    ),
    ("medium", &["CvcnoCvc", "CvcCvcno"]),
    ("short", &["Cvcn"]),
    ("basic", &["aaanaaan", "aannaaan", "aaannaaa"]),
    ("pin", &["nnnn"]),
];

fn characters(letter: u8) -> &'static [u8] {
    match letter {
        b'V' => b"AEIOU",
        b'C' => b"BCDFGHJKLMNPQRSTVWXYZ",
        b'v' => b"aeiou",
        b'c' => b"bcdfghjklmnpqrstvwxyz",
        b'A' => b"AEIOUBCDFGHJKLMNPQRSTVWXYZ",
        b'a' => b"AEIOUaeiouBCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz",
        b'n' => b"0123456789",
        b'o' => b"@&%?,=[]_:-+*$#!'^~;()/.",
        _ => b"AEIOUaeiouBCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz0123456789!@#$%^&*()",
    }
}

/// The master password algorithm (sprig's `derivePassword`); `None` where the parameters of scrypt are refused, which
/// they are not.
fn derived(counter: u32, templates: &[&str], password: &str, user: &str, site: &str) -> Option<String> {
    let scope = b"com.lyndir.masterpassword";
    let sized = |text: &str| [&(text.len() as u32).to_be_bytes()[..], text.as_bytes()].concat();
    let salt = [&scope[..], &sized(user)].concat();
    let mut key = [0; 64];
    let params = scrypt::Params::new(15, 8, 2, key.len()).ok()?;
    scrypt::scrypt(password.as_bytes(), &salt, &params, &mut key).ok()?;
    let mut hmac = Hmac::<Sha256>::new_from_slice(&key).ok()?;
    hmac.update(&[&scope[..], &sized(site), &counter.to_be_bytes()].concat());
    let seed = hmac.finalize().into_bytes();
    let (first, rest) = seed.split_first()?;
    let template = templates.get(usize::from(*first) % templates.len())?;
    let letters = template.bytes().zip(rest);
    let pick = |(letter, seed): (u8, &u8)| {
        let all = characters(letter);
        all.get(usize::from(*seed) % all.len()).copied().map(char::from)
    };
    letters.map(pick).collect()
}

fn bcrypt() -> String {
    let hash: String = "aB3dE5gH7jK9mN2pQ4sT6vX8".chars().cycle().take(53).collect();
    format!("$2a$10${hash}")
}

fn pem(label: &str) -> String {
    let line = "MIIaB3dE5gH7jK9mN2pQ4sT6vX8aB3dE5gH7jK9mN2pQ4sT6vX8aB3dE5gH7jK9m";
    format!("-----BEGIN {label}-----\n{line}\n{line}\n-----END {label}-----\n")
}

/// sprig's `certificate`: PEM texts.
#[derive(Debug)]
struct Certificate {
    cert: Value,
    key: Value,
}

fn certificate(key: Option<&Value>) -> Value {
    let key = key.cloned().unwrap_or_else(|| unknown(pem("RSA PRIVATE KEY")));
    Data::Object(Rc::new(Certificate { cert: unknown(pem("CERTIFICATE")), key })).into()
}

fn build_custom_cert(_: &mut dyn Context, args: &[Value]) -> Answer {
    let decoded = |at: usize, what: &str| match base64_bytes(text(args, at)) {
        Ok(bytes) => Ok(made_of(&any(args, at), bytes::text(&bytes))),
        Err(_) => Err(CallError::Error(format!("unable to decode base64 {what}"))),
    };
    let (cert, key) = (decoded(0, "certificate")?, decoded(1, "private key")?);
    Ok(Data::Object(Rc::new(Certificate { cert, key })).into())
}

impl Object for Certificate {
    fn type_name(&self) -> &'static str {
        "sprig.certificate"
    }

    fn field(&self, name: &str) -> Option<Value> {
        match name {
            "Cert" => Some(self.cert.clone()),
            "Key" => Some(self.key.clone()),
            _ => None,
        }
    }

    fn display(&self) -> String {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        format!("{{{} {}}}", text(&self.cert), text(&self.key))
    }

    fn known(&self) -> bool {
        self.cert.made().known && self.key.made().known
    }

    fn as_any(&self) -> &dyn StdAny {
        self
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{call, error, strs, value};
    use super::*;

    #[test]
    fn shapes() {
        for name in ["randAlphaNum", "randAlpha", "randAscii", "randNumeric"] {
            let made = value(name, &[Value::int(40)]);
            assert_eq!(made.as_str().map(str::len), Some(40), "{name}");
            assert!(!made.made().known, "{name}");
        }
        assert_eq!(call("randNumeric", &[Value::int(0)]), "");
        assert_eq!(call("randBytes", &[Value::int(6)]).len(), 8);
        assert_eq!(call("uuidv4", &[]).len(), 36);
        assert_eq!(call("bcrypt", &strs(&["p"])).len(), 60);
        assert!(call("htpasswd", &strs(&["me", "p"])).starts_with("me:$2a$10$"));
        assert_eq!(call("htpasswd", &strs(&["m:e", "p"])), "invalid username: m:e");
        assert_eq!(call("randInt", &[Value::int(3), Value::int(9)]), "3");
        assert_eq!(error("randInt", &[Value::int(3), Value::int(3)]), "invalid argument to Intn");
    }

    #[test]
    fn certificates() {
        let Data::Object(ca) = value("genCA", &[Value::str("ca"), Value::int(1)]).data else { panic!() };
        assert!(!ca.known());
        let cert = ca.field("Cert").and_then(|cert| cert.as_str().map(str::to_owned)).unwrap();
        assert!(cert.starts_with("-----BEGIN CERTIFICATE-----\n") && cert.ends_with("-----END CERTIFICATE-----\n"));
        let Data::Object(custom) = value("buildCustomCert", &strs(&["YQ==", "Yg=="])).data else { panic!() };
        assert_eq!(custom.display(), "{a b}");
        assert_eq!(error("buildCustomCert", &strs(&["!", ""])), "unable to decode base64 certificate");
        assert_eq!(call("genPrivateKey", &strs(&["rot13"])), "Unknown type rot13");
    }

    #[test]
    fn sealing_round_trips() {
        let sealed = value("encryptAES", &strs(&["key", "häh"]));
        assert_eq!(call("decryptAES", &[Value::str("key"), sealed]), "häh");
        assert_eq!(error("decryptAES", &strs(&["key", "??"])), "illegal base64 data at input byte 0");
    }

    #[test]
    fn derived_passwords() {
        let args = |kind: &str| [vec![Value::int(1)], strs(&[kind, "pw", "me", "site"])].concat();
        assert_eq!(call("derivePassword", &args("long")).len(), 14);
        assert_eq!(call("derivePassword", &args("tiny")), "cannot find password template tiny");
    }
}
