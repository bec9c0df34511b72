# Rules that rest on rules, in objects and sets that are made piece by piece.
package guard

most[agent] := amount if {
	some agent, amount in {"payer": 10000000, "clerk": 50}
}

trusted contains "payer"

trusted contains agent if {
	some agent in input.context.lineage
	most[agent] > 100
}

allow if {
	trusted[input.principal.agent]
	within
}

within if input.context.effect == "read"

within if input.context.amounts.EUR <= most[input.principal.agent]

deny contains message if {
	some agent, amount in most
	amount < 100
	agent == input.principal.agent
	message := concat("-", ["low", agent])
}

deny contains "unmet" if {
	walked := [name | most[name]]
	walked != ["clerk", "payer"]
}
