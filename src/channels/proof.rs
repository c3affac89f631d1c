//! Proofs that a call comes from the gateway: a token, and a signature over the body with a time.
//!
//! Both are compared in constant time, and a refusal says nothing of what would have been right.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;

use super::{Refusal, Request, form};

/// How far the time of a signature may be from ours.
const MOST_SECONDS_APART: u64 = 5 * 60;

/// Whether the request brings the token, as `?token=` or in the header `X-Recado-Token`. Fine when there is no token.
pub fn token(request: &Request<'_>, token: Option<&str>) -> Result<(), Refusal> {
    let Some(token) = token else { return Ok(()) };
    let asked = form::pairs(request.query.as_bytes()).into_iter().find(|(name, _)| name == "token");
    let given = match request.header("x-recado-token") {
        Some(header) => header.as_bytes().to_vec(),
        None => asked.ok_or(Refusal::Forbidden)?.1,
    };
    if bool::from(given.ct_eq(token.as_bytes())) { Ok(()) } else { Err(Refusal::Forbidden) }
}

/// Whether the request is signed: `X-Recado-Signature: sha256=<hex>` with the HMAC of the raw body, and
/// `X-Recado-Timestamp` with the seconds of a time near ours. Fine when there is no secret.
pub fn signature(request: &Request<'_>, secret: Option<&str>) -> Result<(), Refusal> {
    let Some(secret) = secret else { return Ok(()) };
    let at = request.header("x-recado-timestamp").and_then(|value| value.trim().parse::<i64>().ok());
    let apart = at.ok_or(Refusal::Forbidden)?.abs_diff(request.now.timestamp());
    let given = request.header("x-recado-signature").and_then(|value| value.trim().strip_prefix("sha256="));
    let given = given.and_then(from_hex).ok_or(Refusal::Forbidden)?;
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).map_err(|_| Refusal::Forbidden)?;
    mac.update(request.body);
    if mac.verify_slice(&given).is_ok() && apart <= MOST_SECONDS_APART {
        Ok(())
    } else {
        Err(Refusal::Forbidden)
    }
}

fn from_hex(text: &str) -> Option<Vec<u8>> {
    let (pairs, odd) = text.as_bytes().as_chunks::<2>();
    let bytes = pairs.iter().map(|[high, low]| Some(form::hex(*high)? << 4 | form::hex(*low)?));
    if odd.is_empty() { bytes.collect() } else { None }
}
