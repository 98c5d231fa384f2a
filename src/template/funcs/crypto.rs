//! Random text, keys and certificates. All are opaque. What differs from run to run is a stand-in of the right shape
//! that is the same every time, and counts as unknown.

use std::any::Any as StdAny;
use std::rc::Rc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::Param::{Any, Int, List, Str};
use super::args::{any, int, made_of, text};
use super::encoding::base64_bytes;
use super::{Answer, CallError, Context, Flow, Function};
use crate::template::traced::{Made, Traced};
use crate::template::value::{Data, Object, Value};

use Flow::Opaque;

pub(super) static FUNCTIONS: &[Function] = &[
    Function::new("randAlphaNum", &[Int], Opaque, |cx, args| random(cx, "aB3dE5gH7jK9mN2pQ4sT6vX8", args)),
    Function::new("randAlpha", &[Int], Opaque, |cx, args| random(cx, "aBdEgHjKmNpQsTvXyZ", args)),
    // Plain letters: the odd ones among the ASCII characters would only confuse who reads the result.
    Function::new("randAscii", &[Int], Opaque, |cx, args| random(cx, "aBdEgHjKmNpQsTvXyZ", args)),
    Function::new("randNumeric", &[Int], Opaque, |cx, args| random(cx, "1738294650", args)),
    Function::new("randBytes", &[Int], Opaque, |cx, args| {
        let count = usize::try_from(int(args, 0)).map_err(|_| "runtime error: makeslice: len out of range")?;
        cx.text(count)?;
        Ok(unknown(STANDARD.encode(vec![0x5a; count])))
    }),
    Function::new("randInt", &[Int, Int], Opaque, |_, args| {
        let (low, high) = (int(args, 0), int(args, 1));
        if high <= low { Err("invalid argument to Intn".into()) } else { Ok(Value::int(low)) }
    }),
    Function::new("shuffle", &[Str], Opaque, |_, args| {
        let given = any(args, 0);
        let known = text(args, 0).chars().nth(1).is_none();
        Ok(Value::traced(Traced::made(text(args, 0), Made { known, ..given.made() })))
    }),
    Function::new("uuidv4", &[], Opaque, |_, _| Ok(unknown("6ba7b814-9dad-41d1-80b4-00c04fd430c8"))),
    Function::new("bcrypt", &[Str], Opaque, |_, _| Ok(unknown(bcrypt()))),
    Function::new("htpasswd", &[Str, Str], Opaque, |_, args| {
        let name = text(args, 0);
        if name.contains(':') {
            return Ok(made_of(&any(args, 0), format!("invalid username: {name}")));
        }
        Ok(unknown(format!("{name}:{}", bcrypt())))
    }),
    Function::new("derivePassword", &[Int, Str, Str, Str, Str], Opaque, |_, args| {
        let shape = match text(args, 1) {
            "maximum" => "aB3$dE5gH7jK9mN2pQ4s",
            "long" => "Bapu3$NacoLixe",
            "medium" => "BapNac3$",
            "short" => "Bap3",
            "basic" => "aBdEg3H5",
            "pin" => "1738",
            other => return Ok(made_of(&any(args, 1), format!("cannot find password template {other}"))),
        };
        Ok(unknown(shape))
    }),
    Function::new("genPrivateKey", &[Str], Opaque, |_, args| {
        let label = match text(args, 0) {
            "" | "rsa" => "RSA PRIVATE KEY",
            "dsa" => "DSA PRIVATE KEY",
            "ecdsa" => "EC PRIVATE KEY",
            "ed25519" => "PRIVATE KEY",
            other => return Ok(made_of(&any(args, 0), format!("Unknown type {other}"))),
        };
        Ok(unknown(pem(label)))
    }),
    Function::new("genCA", &[Str, Int], Opaque, |_, _| Ok(certificate(None))),
    Function::new("genCAWithKey", &[Str, Int, Str], Opaque, |_, args| Ok(certificate(args.get(2)))),
    Function::new("genSelfSignedCert", &[Str, List, List, Int], Opaque, |_, _| Ok(certificate(None))),
    Function::new("genSelfSignedCertWithKey", &[Str, List, List, Int, Str], Opaque, |_, args| {
        Ok(certificate(args.get(4)))
    }),
    Function::new("genSignedCert", &[Str, List, List, Int, Any], Opaque, |_, _| Ok(certificate(None))),
    Function::new("genSignedCertWithKey", &[Str, List, List, Int, Any, Str], Opaque, |_, args| {
        Ok(certificate(args.get(5)))
    }),
    Function::new("buildCustomCert", &[Str, Str], Opaque, build_custom_cert),
    Function::new("encryptAES", &[Str, Str], Opaque, |_, args| {
        let bytes = [SEAL.as_slice(), text(args, 1).as_bytes()].concat();
        Ok(unknown(STANDARD.encode(bytes)))
    }),
    Function::new("decryptAES", &[Str, Str], Opaque, |_, args| {
        let bytes = base64_bytes(text(args, 1))
            .map_err(|at| CallError::Error(format!("illegal base64 data at input byte {at}")))?;
        match bytes.strip_prefix(&SEAL) {
            Some(plain) => Ok(Value::str(String::from_utf8_lossy(plain))),
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
        Ok(bytes) => Ok(made_of(&any(args, at), String::from_utf8_lossy(&bytes))),
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

    fn method(&self, _: &str, _: &[Value]) -> Option<Result<Value, String>> {
        None
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
