//! Cedar behind one question: what does policy say of this action?
