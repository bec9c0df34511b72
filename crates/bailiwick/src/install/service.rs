//! The service: what starts the node under its account, with the right to take on those of servers and nothing else.

use super::{ACCOUNT, ETC, PATH, Plan, SECRETS};
use std::path::{Path, PathBuf};

/// The unit of systemd.
pub(super) const UNIT: &str = "/etc/systemd/system/bailiwick.service";
/// What the node may do beyond its account: take on another one, and end what runs under it.
const MAY: [&str; 3] = ["setuid", "setgid", "kill"];

/// What starts the node, as its account.
pub(super) fn serve_file() -> PathBuf {
    Path::new(ETC).join("serve")
}

/// What starts that, as root, where no systemd does.
pub(super) fn start_file() -> PathBuf {
    Path::new(ETC).join("start")
}

/// A word for a shell, whatever is in it.
fn quoted(word: &str) -> String {
    format!("'{}'", word.replace('\'', "'\\''"))
}

impl Plan {
    /// Each file of the folder of secrets is one, by its name.
    pub(super) fn serve_script(&self) -> String {
        let (binary, home) = (quoted(&self.binary.display().to_string()), quoted(&self.home.display().to_string()));
        format!(
            "#!/bin/sh\n# Starts the node under its own account. Written by `bailiwick install`.\nset -eu\numask 077\n\
             export PATH={PATH}\ncd /\nset --\nfor file in {SECRETS}/*; do\n    if [ -f \"$file\" ]; then set -- \"$@\" --secret \
             \"${{file##*/}}=$file\"; fi\ndone\nexec {binary} --home {home} serve --listen {} \"$@\"\n",
            self.listen
        )
    }

    /// For a machine without systemd.
    pub(super) fn start_script(&self) -> String {
        let may = MAY.map(|may| format!("+{may}")).join(",");
        format!(
            "#!/bin/sh\n# Starts the node as root does: it may take on the accounts of servers, and nothing else. Written by\n\
             # `bailiwick install`.\nexec setpriv --reuid={ACCOUNT} --regid={ACCOUNT} --clear-groups --no-new-privs \\\n    \
             --inh-caps=-all,{may} --ambient-caps=-all,{may} --bounding-set=-all,{may} -- {}\n",
            serve_file().display()
        )
    }

    /// The unit.
    pub(super) fn unit(&self) -> String {
        let may = MAY.map(|may| format!("CAP_{}", may.to_ascii_uppercase())).join(" ");
        format!(
            "# Written by `bailiwick install`.\n[Unit]\nDescription=Bailiwick, the control plane for delegated authority of \
             agents\nAfter=network.target\n\n[Service]\nUser={ACCOUNT}\nGroup={ACCOUNT}\nExecStart={}\nAmbientCapabilities={may}\n\
             CapabilityBoundingSet={may}\nNoNewPrivileges=yes\nUMask=0077\nRestart=on-failure\n\n[Install]\n\
             WantedBy=multi-user.target\n",
            serve_file().display()
        )
    }
}
