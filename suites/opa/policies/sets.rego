# Sets: members, union, intersection, difference, comprehensions, equality whatever the order.
package guard

payers := {"payer", "boss"}

known := {"payer", "clerk"} | {"boss"}

both := payers & known

allow if {
	input.principal.agent in known
	count(both) == 2
	both == {"boss", "payer"}
	known - payers == {"clerk"}
}

deny contains name if {
	some name in known - payers
	name == input.principal.agent
}

deny contains "lone" if {
	lone := {word | some word in input.context.lineage; not startswith(word, "pay")}
	count(lone) > 0
}

deny contains "values" if {
	input.action == "bank/pay"
	count(input.context.values) != 1
}

deny contains "union" if {
	union({payers, known}) != known
}

deny contains "intersection" if {
	intersection({payers, known, {"payer"}}) != {"payer"}
}
