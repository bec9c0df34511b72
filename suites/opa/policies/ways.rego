# Rules in several pieces: defaults, else, functions with patterns, every, not.
package guard

default allow := false

allow if level(input.context.effect) <= most

default most := 1

most := 3 if input.principal.role == "payers"

level("read") := 0

level(effect) := 2 if effect in {"share", "export"}

level("transfer") := 3 if {
	input.context.amounts.EUR < 5000000
} else := 4 if {
	input.context.amounts.EUR < 10000000
} else := 5

deny contains "every" if {
	every agent in input.context.lineage {
		agent != "payer"
	}
}

deny contains "empty" if {
	every class in input.context.classes {
		class == "nothing"
	}
	input.context.effect == "share"
}

deny contains "not" if not small

small if input.context.depth < 2

pair(x, y) := [x, y]

deny contains "pair" if {
	[first, second] := pair(1, 2)
	first + second != 3
}

deny contains "text" if sprintf("%v %s %d", [input.principal.agent, "b", 3]) == "clerk b 3"

deny contains "formed" if sprintf("%v|%v|%v|%v", [[1, "a"], {"k": null}, {2, 1}, true]) != `[1, "a"]|{"k": null}|{1, 2}|true`

deny contains "hex" if format_int(255, 16) != "ff"
