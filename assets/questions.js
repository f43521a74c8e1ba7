// Questions before something is done (pages/_ui/questions.py): one dialog, answers as buttons, Esc for none.
syllabary.questions = (() => {
  const { element, make, set } = syllabary;

  const CLOSING_MS = 400;   // a dialog that closes meanwhile gives the focus back to what had it before

  const ask = (question) => {
    if (!question) return 0;
    set("QUESTION_DIALOG", { is_open: true });
    fill(question);
    return question.at;
  };

  // The dialog's inside comes some frames after it was opened.
  const fill = (question) => {
    const place = element("ANSWERS");
    if (!place) { requestAnimationFrame(() => fill(question)); return; }
    element("QUESTION_TITLE").textContent = question.title;
    element("QUESTION_TEXT").textContent = question.text;
    const buttons = question.answers.map(([value, label], i) => button(label, i ? "" : "primary", () => give(question, value)));
    place.replaceChildren(...buttons, button("Cancel", "", close));
    buttons[0].focus();
    setTimeout(() => { if (!place.contains(document.activeElement)) buttons[0].focus(); }, CLOSING_MS);
  };

  const button = (label, kind, act) =>
    make("button", `control ${kind}`, { type: "button", textContent: label, onclick: act });

  const give = (question, answer) => {
    set("ANSWER", { data: { kind: question.kind, answer, seen: question.seen, at: Date.now() } });
    close();
  };

  const close = () => set("QUESTION_DIALOG", { is_open: false });

  return { ask };
})();
