use super::*;
use serde_json::Value;

fn as_written<W: Word + Copy + serde_like::Written>(word: W) {
    assert_eq!(word.written(), word.word());
    assert!(W::WORDS.list().contains(&word.word()), "{} is not in its list", word.word());
}

mod serde_like {
    pub(super) trait Written {
        fn written(self) -> String;
    }
}

macro_rules! every {
    ($test:ident, $type:ident, [$($variant:ident),*]) => {
        impl serde_like::Written for $type {
            fn written(self) -> String {
                let Value::String(text) = serde_json::to_value(self).unwrap() else { return String::new() };
                text
            }
        }
        #[test]
        fn $test() {
            let all = [$($type::$variant),*];
            all.into_iter().for_each(as_written);
            assert_eq!(all.len(), <$type as Word>::WORDS.list().len());
        }
    };
}

every!(assurance_has_the_words_of_events, Assurance, [Local, Software, KeyOnly, Oidc, Spiffe, Session, Passkey, Fido2]);
every!(autonomy_has_the_words_of_documents, Autonomy, [Assist, Execute, Coordinate]);
every!(egress_has_the_words_of_documents, Egress, [None, Open]);
every!(impact_has_the_words_of_documents, Impact, [Low, Medium, High, Critical]);
every!(memory_has_the_words_of_documents, Memory, [Fresh, Kept]);
every!(mode_has_the_words_of_events, Mode, [Enforced, Cooperative, Observed]);
every!(reversibility_has_the_words_of_documents, Reversibility, [ReadOnly, Reversible, ByOthers, Irreversible]);
every!(road_has_the_words_of_events, Road, [Socket, Http]);
every!(run_by_has_the_words_of_documents, RunBy, [Own, Vendor]);
every!(
    effect_has_the_words_of_documents,
    Effect,
    [Read, Write, Delete, Transfer, Share, Export, Credential, Permission, Execute, Delegate]
);
