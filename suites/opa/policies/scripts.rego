# What case, order and length are outside of ASCII. Messages that begin with `odd-` are what docs/reference/policy-context.md says
# that the two engines say differently.
package guard

iban := input.context.destination.value

allow := true

deny contains "odd-sharp" if upper(iban) == "SSTRASSE-ÄÖÜ-😀-E\u0301"

deny contains "odd-last" if lower("ÄÖÜΣ") == "äöüς"

deny contains "odd-length" if count(iban) == 16

deny contains "lower" if lower("ÄÖÜΣA") == "äöüσa"

deny contains "upper" if upper("äöüéσ") == "ÄÖÜÉΣ"

deny contains "after" if "ß" > "z"

deny contains "emoji" if "😀" > "\uffee"

deny contains "turned" if strings.reverse("aé😀") == "😀éa"

deny contains "place" if indexof("ä😀b", "b") == 2

deny contains "cut" if substring("ä😀b", 1, 1) == "😀"
