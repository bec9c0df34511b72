//! Who is calling: keys, assertions, access tokens and proofs of possession.
