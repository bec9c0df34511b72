//! Who a server is: what a review is a review of. A server that is replaced behind the same words is another.

use crate::digest;
use bailiwick_core::json::Json;
use bailiwick_core::{Digest, Server, Transport};

/// What the edge saw of a server beside its words.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Seen {
    /// The digest of the executable that the command named.
    pub executable: Option<Digest>,
    /// The digest of the script that an interpreter was given, and of the other programs among its arguments.
    pub script: Option<Digest>,
}

/// The server's identity. For a process: its command, arguments and the files it was started from, and whether they say
/// which program runs at all. For HTTP: the URL and the host that TLS proves.
pub fn server_identity(server: &Server, seen: &Seen) -> Digest {
    let of = |digest: Option<Digest>| digest.map_or(Json::Null, |digest| Json::from(digest.to_string()));
    let form = match command(&server.transport) {
        Some(words) => Json::object([
            ("command", Json::array(words.iter().map(|word| Json::from(*word)))),
            ("executable", of(seen.executable)),
            ("floating", Json::from(floating(server, seen))),
            ("script", of(seen.script)),
        ]),
        None => match &server.transport {
            Transport::Http { url, .. } => Json::object([
                ("host", Json::from(bailiwick_core::normal::url_host(url))),
                ("url", Json::from(url.as_str())),
            ]),
            // by INVARIANT of `command`: a process has one
            Transport::Stdio { .. } | Transport::Wrapped { .. } => Json::Null,
        },
    };
    digest::of("bailiwick/server/1", &form)
}

/// Whether another program may run under the same identity: the command fetches a package that can be updated, or runs
/// a script that was not seen.
pub fn floating(server: &Server, seen: &Seen) -> bool {
    let Some(words) = command(&server.transport) else { return false };
    let Some((program, arguments)) = words.split_first() else { return true };
    let program = name(program);
    if seen.executable.is_none() || fetches(program, arguments) {
        return true;
    }
    // Code in an argument or a module by name: what a script's digest would say is not what runs.
    let inline = || arguments.iter().any(|word| matches!(*word, "-c" | "-e" | "-m"));
    is_launcher(program) || is_interpreter(program) && (seen.script.is_none() || inline())
}

/// Whether a program runs a file that is among its arguments: an interpreter, or what starts one.
pub fn runs_a_file(program: &str) -> bool {
    let program = name(program);
    is_interpreter(program) || is_launcher(program) || fetches(program, &[])
}

/// Whether an option of an interpreter takes the next argument as its value, so that it is not the script.
pub fn takes_a_value(program: &str, option: &str) -> bool {
    let program = name(program);
    match program.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.') {
        "python" | "pythonw" => matches!(option, "-W" | "-X" | "-Q" | "--check-hash-based-pycs"),
        "node" | "nodejs" | "tsx" | "ts-node" | "bun" => matches!(
            option,
            "-C" | "--conditions"
                | "--env-file"
                | "--env-file-if-exists"
                | "--experimental-loader"
                | "--import"
                | "--input-type"
                | "--loader"
                | "--require"
                | "--preload"
                | "--title"
                | "--tsconfig"
                | "-P"
                | "--project"
                | "-r"
        ),
        "sh" | "bash" | "zsh" | "dash" => matches!(option, "-o" | "+o" | "-O" | "+O" | "--init-file" | "--rcfile"),
        "ruby" => matches!(option, "-I" | "-r" | "-C" | "-E" | "--encoding"),
        "perl" => matches!(option, "-I"),
        "php" => matches!(option, "-c" | "-d" | "-z"),
        "java" => matches!(option, "-cp" | "-classpath" | "--class-path" | "-p" | "--module-path" | "--add-modules"),
        "env" => matches!(option, "-u" | "-C" | "--unset" | "--chdir"),
        "nice" => matches!(option, "-n" | "--adjustment"),
        _ => false,
    }
}

fn command(transport: &Transport) -> Option<Vec<&str>> {
    match transport {
        Transport::Stdio { command, args, .. } => {
            Some(std::iter::once(command.as_str()).chain(args.iter().map(String::as_str)).collect())
        }
        Transport::Wrapped { command } => Some(command.iter().map(String::as_str).collect()),
        Transport::Http { .. } => None,
    }
}

/// The program's name without folders and Windows endings.
fn name(program: &str) -> &str {
    let last = program.rsplit(['/', '\\']).next().unwrap_or(program);
    ["exe", "cmd", "bat"].iter().find_map(|end| last.strip_suffix(end)?.strip_suffix('.')).unwrap_or(last)
}

/// Package runners: what they run is whatever the registry has today.
fn fetches(program: &str, arguments: &[&str]) -> bool {
    match program {
        "npx" | "uvx" | "bunx" | "pnpx" | "npm" | "pnpm" | "yarn" | "pipx" | "uv" | "deno" => true,
        "bun" => arguments.iter().any(|word| matches!(*word, "x" | "run" | "create")),
        "docker" | "podman" | "nerdctl" => !arguments.iter().any(|word| word.contains("@sha256:")),
        _ => false,
    }
}

/// Programs that start another one, which was not looked at.
fn is_launcher(program: &str) -> bool {
    matches!(
        program,
        "env"
            | "sh"
            | "bash"
            | "zsh"
            | "dash"
            | "fish"
            | "cmd"
            | "powershell"
            | "pwsh"
            | "sudo"
            | "nice"
            | "ssh"
            | "mise"
            | "asdf"
    )
}

/// Programs that run a script.
fn is_interpreter(program: &str) -> bool {
    let stem = program.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
    matches!(
        stem,
        "node"
            | "nodejs"
            | "python"
            | "pythonw"
            | "ruby"
            | "perl"
            | "php"
            | "java"
            | "dotnet"
            | "tsx"
            | "ts-node"
            | "bun"
    )
}

#[cfg(test)]
mod tests;
