// Counts what holds and says what does not.

/** Checks by name: `expect` counts one, and prints it if it does not hold. */
export class Report {
  passed = 0;
  failed = 0;

  /** Counts a check that holds if there are no problems. */
  expect(name, problems) {
    if (problems.length === 0) {
      this.passed += 1;
      return;
    }
    this.failed += 1;
    console.error(`FAILED: ${name}`);
    for (const problem of problems) {
      console.error(`  ${problem}`);
    }
  }
}
