/* Reports of findings, for people and for programs. */
#ifndef HYPERION_CLI_FINDINGS_H
#define HYPERION_CLI_FINDINGS_H

#include "driver/report/report.h"
#include "host/cli/cli.h"

/* One line a finding; what is not ok is followed by its cause and its remedy. */
void cli_print_findings(const report *of);

/* [{"verdict","subject","check","fact","cause","remedy"}…] */
json_t *cli_json_findings(const report *of);

/* CLI_NO where something failed, else CLI_OK. */
int cli_report_code(const report *of);

#endif
