// Fields made from declared parameters (pages/_ui/forms.py): what was changed, and what is wrong with it, in the words of
// params.check. Resetting sets a field back to what would hold anyway.
syllabary.forms = (() => {
  const { later } = syllabary;
  const WHOLE = /^[+-]?\d+(_\d+)*$/, NUMBER = /^[+-]?((\d+(_\d+)*)\.?(\d+(_\d+)*)?|\.\d+(_\d+)*)(e[+-]?\d+(_\d+)*)?$/i;
  const ENDLESS = /^[+-]?(inf|infinity|nan)$/i;
  const settling = new Map();

  const own = (values, before, ownId, settledId) => {
    const inputs = window.dash_clientside.callback_context.inputs_list[0] || [];
    const changed = {};
    inputs.forEach(({ id, value }) => {
      const place = fieldOf(id);
      if (place && judge(place, value)) changed[id.name] = value;
    });
    if (inputs.length) markAll(inputs[0].id.form);
    if (JSON.stringify(changed) === JSON.stringify(before)) return window.dash_clientside.no_update;
    if (!settling.has(settledId)) settling.set(settledId, later(250, (data) => window.dash_clientside.set_props(settledId, { data })));
    settling.get(settledId)(changed);
    return changed;
  };

  // The text of a pattern id as Dash writes it into the page: its keys in order.
  const domId = (id) => JSON.stringify(Object.fromEntries(Object.entries(id).sort(([a], [b]) => (a < b ? -1 : 1))));
  const fieldOf = (id) => document.getElementById(domId(id))?.closest(".form-field");

  // Marks a field; whether its value differs from what would hold anyway.
  const judge = (place, value) => {
    const spec = JSON.parse(place.dataset.field), text = typeof value === "boolean" ? (value ? "yes" : "no") : String(value ?? "").trim();
    const changed = text !== "" && text !== place.dataset.base && !sameNumber(spec, text, place.dataset.base);
    const why = text === "" ? "" : problem(spec, text), input = place.querySelector("input, select");
    place.classList.toggle("changed", changed);
    place.classList.toggle("wrong", Boolean(why));
    place.querySelector(".why").textContent = why;
    input.setAttribute("aria-invalid", Boolean(why));
    return changed;
  };

  const sameNumber = (spec, text, base) => ["int", "float"].includes(spec.type) && base !== "" && NUMBER.test(text) && number(text) === number(base);
  const number = (text) => Number(text.replaceAll("_", ""));

  // What params.check says about a text, or nothing.
  const problem = (spec, text) => {
    if (spec.type === "int" && !WHOLE.test(text)) return `${spec.name} must be a whole number, not ${quoted(text)}.`;
    if (spec.type === "float" && ENDLESS.test(text)) return `${spec.name} must be a finite number, not ${pythonEndless(text)}.`;
    if (spec.type === "float" && !NUMBER.test(text)) return `${spec.name} must be a number, not ${quoted(text)}.`;
    if (spec.choices.length && !spec.choices.includes(text)) return `${spec.name} is ${quoted(text)}, but must be one of: ${spec.choices.join(", ")}.`;
    if (!["int", "float"].includes(spec.type)) return "";
    const value = number(text);
    if (!Number.isFinite(value)) return `${spec.name} must be a finite number, not ${value < 0 ? "-inf" : "inf"}.`;
    const outside = (spec.low !== null && value < spec.low) || (spec.high !== null && value > spec.high);
    const told = spec.type === "float" && Object.is(value, -0) ? "-0" : general(value);
    return outside ? `${spec.name} is ${told}, but must be ${spec.range}.` : "";
  };

  const pythonEndless = (text) => (/nan/i.test(text) ? "nan" : text.startsWith("-") ? "-inf" : "inf");

  // A text as Python's repr writes it.
  const quoted = (text) => {
    const mark = text.includes("'") && !text.includes('"') ? '"' : "'";
    return mark + text.replaceAll("\\", "\\\\").replaceAll(mark, `\\${mark}`) + mark;
  };

  // A number as Python's format "g" writes it.
  const general = (value) => {
    if (value === 0) return "0";
    const [digits, exponent] = value.toExponential(5).split("e"), power = Number(exponent);
    const trimmed = (words) => (words.includes(".") ? words.replace(/\.?0+$/, "") : words);
    if (power >= -4 && power < 6) return trimmed(value.toPrecision(6));
    return `${trimmed(digits)}e${power < 0 ? "-" : "+"}${String(Math.abs(power)).padStart(2, "0")}`;
  };

  const markAll = (form) => {
    const n = [...document.querySelectorAll(".form-field.changed")].filter((place) => formOf(place) === form).length;
    document.querySelectorAll("[data-reset-all]").forEach((all) => { if (all.dataset.resetAll === form) all.hidden = !n; });
  };

  const inputOf = (place) => place.querySelector("[id^='{']");
  const formOf = (place) => JSON.parse(inputOf(place).id).form;

  const reset = (place) => {
    const base = place.dataset.base, isSwitch = JSON.parse(place.dataset.field).type === "bool";
    window.dash_clientside.set_props(JSON.parse(inputOf(place).id), { value: isSwitch ? base === "yes" : base });
  };

  document.addEventListener("click", (event) => {
    const one = event.target.closest(".form-field .reset"), all = event.target.closest("[data-reset-all]");
    if (one) { const place = one.closest(".form-field"); reset(place); inputOf(place).focus(); }
    if (all) document.querySelectorAll(".form-field.changed").forEach((place) => { if (formOf(place) === all.dataset.resetAll) reset(place); });
  });

  window.dash_clientside = Object.assign({}, window.dash_clientside, { forms: { own } });

  return { problem, general };
})();
