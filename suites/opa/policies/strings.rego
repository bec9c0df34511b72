# Texts of any script: cut, turned, searched, trimmed.
package guard

iban := input.context.destination.value

allow if input.action != "bank/pay"

allow if {
	startswith(iban, "DE")
	endswith(iban, "51")
	contains(iban, "0300000")
	substring(iban, 0, 2) == "DE"
	substring(iban, 4, -1) == "120300000000202051"
	indexof(iban, "3") == 7
	lower(iban) == "de02120300000000202051"
}

allow if upper(iban) == "SSTRASSE"

deny contains "turned" if strings.reverse(iban) == "155555555102KUB33BG"

deny contains "pieces" if {
	pieces := split(iban, "5")
	count(pieces) > 8
}

deny contains "ends" if strings.any_suffix_match(iban, ["00", "55"])

deny contains "begins" if strings.any_prefix_match(iban, {"GB", "FR"})

deny contains "joined" if concat("-", split("a b c", " ")) != "a-b-c"

deny contains "set" if concat(",", {"b", "a", "c"}) != "a,b,c"

deny contains "trim" if {
	trim("xxaxx", "x") != "a"
}

deny contains "sides" if {
	concat("|", [
		trim_left("  xa x", " x"), trim_right("a x  ", " x"), trim_prefix("xxa", "x"),
		trim_suffix("axx", "x"), trim_space(" \t a\n"), trim("", "x"), trim("abc", ""),
	]) != "a x|a|xa|ax|a||abc"
}

deny contains "missing" if indexof(iban, "nowhere") != -1

deny contains "empty" if substring(iban, 2, 0) != ""
