use super::Cli;
use clap::{Command, CommandFactory};

/// Every command that does something, with the words that lead to it; none that only this program starts itself with.
fn leaves(command: &Command, path: &str, out: &mut Vec<(String, String)>) {
    let path = if path.is_empty() { command.get_name().to_owned() } else { format!("{path} {}", command.get_name()) };
    let below: Vec<&Command> =
        command.get_subcommands().filter(|below| below.get_name() != "help" && !below.is_hide_set()).collect();
    if below.is_empty() {
        out.push((path, command.clone().render_long_help().to_string()));
    } else {
        below.iter().for_each(|command| leaves(command, &path, out));
    }
}

fn all() -> Vec<(String, String)> {
    let mut out = Vec::new();
    leaves(&Cli::command(), "", &mut out);
    out
}

#[test]
fn the_help_of_each_command_shows_how_it_is_typed() {
    let all = all();
    assert!(all.len() > 30, "{}", all.len());
    for (path, help) in all {
        let example = help.lines().find_map(|line| line.trim().strip_prefix("Example: "));
        let example = example.unwrap_or_else(|| panic!("`{path} --help` shows no example"));
        assert!(example.contains(&path), "`{path} --help` shows how another command is typed: {example}");
    }
}

#[test]
fn each_command_and_each_of_its_options_stands_in_the_reference() {
    let reference = include_str!("../../../../docs/reference/cli.md");
    for (path, help) in all() {
        let words = path.trim_start_matches("bailiwick ");
        assert!(reference.contains(&format!("`{words}`")), "docs/reference/cli.md does not speak of `{words}`");
        let options = help.lines().filter_map(|line| line.trim().split(' ').find(|word| word.starts_with("--")));
        for option in options.filter(|line| !line.starts_with("--help")) {
            let option = option.trim_end_matches(',');
            assert!(reference.contains(option), "docs/reference/cli.md does not speak of `{option}` of `{words}`");
        }
    }
}

#[test]
fn the_id_of_a_passkey_may_begin_with_a_hyphen() {
    use clap::Parser;
    for id in ["-HebnyM3WCRUYCqvd7BVVTEH", "--ebnyM3WCRUYCqvd7BVVTEH", "-h_bny"] {
        let words = ["bailiwick", "person", "remove-passkey", "carl", id, "--json"];
        let cli = Cli::try_parse_from(words).map_err(|error| error.to_string());
        let Ok(Cli { json: true, command: super::Command::Person(person), .. }) = cli else { panic!("{id}: {cli:?}") };
        let super::Person::RemovePasskey { passkey, .. } = &person else { panic!("{person:?}") };
        assert_eq!(passkey, id);
    }
}

#[test]
fn the_command_line_is_one_that_clap_takes() {
    Cli::command().debug_assert();
}

#[test]
fn the_page_of_commands_says_what_each_standing_of_a_tool_means() {
    use bailiwick_core::Standing;
    let page = include_str!("../../../../docs/reference/cli.md");
    let mut standing = Some(Standing::New);
    let mut seen = 0;
    while let Some(now) = standing {
        assert!(page.contains(&format!("| `{}` | ", now.as_str())), "{} is not on the page", now.as_str());
        seen += 1;
        // a standing that comes to be stands here too, or this does not compile
        standing = match now {
            Standing::New => Some(Standing::FirstUse),
            Standing::FirstUse => Some(Standing::Reviewed),
            Standing::Reviewed => Some(Standing::Reworded),
            Standing::Reworded => Some(Standing::Changed),
            Standing::Changed => Some(Standing::Quarantined),
            Standing::Quarantined => Some(Standing::Gone),
            Standing::Gone => None,
        };
    }
    assert_eq!(seen, 7);
}
