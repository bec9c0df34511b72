# Lists: order, parts, sums, and values of several types beside each other.
package guard

mixed := [null, true, false, 2, 10, "b", "a", [2], [1, 5], {"a": 1}, {3, 1}]

allow if sort(array.slice(mixed, 0, 9)) == [null, false, true, 2, 10, "a", "b", [1, 5], [2]]

deny contains "odd-order" if {1, 3} < {"a": 1}

deny contains "bank" if startswith(input.context.tool, "bank/")

deny contains "mail" if startswith(input.context.tool, "mail/")

deny contains "sum" if sum([1, 2, 3]) + sum({1, 2}) != 9

deny contains "ends" if [max([3, 9, 4]), min({3, 9, 4}), max(["a", "b"]), count([]), count({}), count("äb")] != [9, 3, "b", 0, 0, 2]

deny contains "none" if max([]) > 0

deny contains "parts" if array.slice([1, 2, 3, 4], 1, 3) != [2, 3]

deny contains "past" if array.slice([1, 2, 3, 4], -5, 9) != [1, 2, 3, 4]

deny contains "joined" if array.concat([1], [2, 3]) != [1, 2, 3]

deny contains "turned" if array.reverse([1, 2, 3]) != [3, 2, 1]

deny contains "types" if [type_name(value) | some value in mixed] != [
	"null", "boolean", "boolean", "number", "number", "string", "string", "array", "array", "object", "set",
]

deny contains "is" if {
	not is_array(mixed)
}

deny contains "isnt" if is_string(input.context.depth)

deny contains "at" if mixed[3] != 2

deny contains "past the end" if mixed[input.context.depth + 98] == 1

deny contains "pairs" if {
	some index, value in input.context.touched
	index != value
}
