# Objects: with and without a member, joined, filtered, one within another.
package guard

limits := {"payer": 10000000, "clerk": 5}

allow if input.context.effect != "transfer"

allow if input.context.amounts.EUR <= object.get(limits, input.principal.agent, 0)

deny contains "keys" if object.keys(limits) != {"clerk", "payer"}

deny contains "filter" if object.filter(limits, ["payer", "nobody"]) != {"payer": 10000000}

deny contains "remove" if object.remove(limits, {"payer"}) != {"clerk": 5}

deny contains "union" if object.union({"a": {"b": 1}, "c": 1}, {"a": {"d": 2}, "c": 2}) != {"a": {"b": 1, "d": 2}, "c": 2}

deny contains "path" if object.get({"a": {"b": 7}}, ["a", "b"], 0) != 7

deny contains "names" if {
	names := [name | some name, most in limits; most > 1]
	names != ["clerk", "payer"]
}

deny contains agent if {
	some agent, most in limits
	agent == input.principal.agent
	most < 10
}

deny contains "made" if {
	made := {agent: twice | some agent, most in limits; twice := most * 2}
	made.clerk != 10
}
