// Whose consent an age asks for, as consent/ages.py has it. Pure: runs under `node --test`.

/** `year`: the birth year as typed; anything but a year is an unknown age. */
export function giversOf(year, thisYear) {
  if (!/^\d{4}$/.test(year)) return ["guardian"];
  const age = thisYear - Number(year);
  if (age < 7) return ["guardian"];
  return age <= 16 ? ["guardian", "child"] : ["person"];
}
