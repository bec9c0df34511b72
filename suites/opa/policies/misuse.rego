# Built-ins that are given what they cannot take: refused here, as by an engine that is asked with strict-builtin-errors.
package guard

allow if true

deny contains "joined" if {
	input.principal.agent == "clerk"
	some word in [1, "a"]
	contains(word, "a")
}
