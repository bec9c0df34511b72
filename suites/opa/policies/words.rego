# Messages: those that stand in the text as names name the rule; true in the place of a set.
package guard

allow if true

deny if {
	input.principal.agent == "clerk"
	input.context.effect in ["transfer", "share"]
}
