// What is chosen, as the steps by which it was chosen (see pipeline/selection.py), and as one byte for each sound.
syllabary.selection = (() => {
  const { set, tell } = syllabary;
  const MOST_BYTES = 3600;      // of steps: they travel with every edit, and a request stays under 5 kB
  const CORNER_BYTES = 20;
  let steps = null, mask = null, count = 0, version = 0;

  // Puts a step in place of the selection, adds it or takes it away; what the viewer shows follows.
  const choose = (step, view = {}) => {
    const next = combined(step);
    if (JSON.stringify(next).length > MOST_BYTES) {
      tell("This selection has too many parts. Assign or clear it, then go on.");
      return;
    }
    set("SELECTION", { data: next });
    if (view !== null) set("VIEW", { data: { steps: next, near: null, page: 0, ...view } });
  };

  const combined = (step) => {
    if (step.how === "set" || !steps) return step.how === "take" ? steps : [{ ...step, how: "set" }];
    const last = steps[steps.length - 1];
    if (step.ids && last.ids && step.how === "take" && last.how !== "take" && step.ids.every((id) => last.ids.includes(id))) {
      return without(last, step.ids, steps.length === 1);
    }
    if (step.ids && last.ids && (last.how === step.how || (last.how === "set" && step.how === "add"))) {
      return [...steps.slice(0, -1), { ...last, ids: [...new Set([...last.ids, ...step.ids])] }];
    }
    return [...steps, step];
  };

  // Single sounds that were added last and are taken away again leave no trace, unless they were chosen before as well.
  const without = (last, ids, isFirst) => {
    const rest = last.ids.filter((id) => !ids.includes(id));
    if (!isFirst) return [...steps.slice(0, -1), { ...last, ids: rest }, { how: "take", ids }].filter((one) => one.ids?.length !== 0);
    return rest.length ? [{ ...last, ids: rest }] : null;
  };

  // How many corners the next path may have.
  const room = (how) => {
    const used = how === "set" || !steps ? 0 : JSON.stringify(steps).length;
    return Math.min(100, Math.floor((MOST_BYTES - used - 60) / CORNER_BYTES));
  };

  const update = (newSteps) => {
    steps = newSteps;
    const project = syllabary.project.now;
    mask = project ? new Uint8Array(project.setup.count) : null;
    if (project && steps) for (const step of steps) apply(step, project);
    count = mask ? mask.reduce((sum, one) => sum + one, 0) : 0;
    version += 1;
  };

  const apply = (step, project) => {
    const part = new Uint8Array(mask.length);
    if (step.path) syllabary.geometry.markInside(project.xy, step.path, part);
    else if (step.blob) syllabary.blobs.mark(step.blob, part);
    else if (step.like) syllabary.search.mark(step, part);
    else if (step.ids) step.ids.forEach((segmentId) => { part[syllabary.project.rowOf(segmentId)] = 1; });
    else if ("cluster" in step) project.labels.forEach((label, row) => { part[row] = label === step.cluster ? 1 : 0; });
    if (step.among) project.labels.forEach((label, row) => { if (label !== 0) part[row] = 0; });
    for (let row = 0; row < mask.length; row++) {
      mask[row] = step.how === "set" ? part[row] : step.how === "add" ? mask[row] | part[row] : mask[row] & ~part[row];
    }
  };

  const clear = () => { set("SELECTION", { data: null }); set("SOUND", { data: null }); };

  return {
    choose, clear, room, update,
    has: (row) => Boolean(mask && mask[row]),
    get steps() { return steps; }, get mask() { return mask; }, get count() { return count; },
    get version() { return version; },
  };
})();
