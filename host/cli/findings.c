#include "host/cli/findings.h"

#include <stdio.h>
#include <string.h>

void cli_print_findings(const report *of)
{
    int subject = 7;
    int check = 5;

    for (size_t i = 0; i < of->count; i++) {
        int length = (int)strlen(of->findings[i].subject);
        subject = length > subject ? length : subject;
        length = (int)strlen(of->findings[i].check);
        check = length > check ? length : check;
    }
    printf("%-7s  %-*s  %-*s  %s\n", "VERDICT", subject, "SUBJECT", check, "CHECK", "FINDING");
    for (size_t i = 0; i < of->count; i++) {
        const report_finding *finding = &of->findings[i];
        printf("%-7s  %-*s  %-*s  %s\n", report_verdict_name(finding->verdict), subject,
               finding->subject, check, finding->check, finding->fact);
        if (finding->verdict != REPORT_OK) {
            printf("%7s    cause: %s\n%7s    remedy: %s\n", "", finding->cause, "",
                   finding->remedy);
        }
    }
    if (of->incomplete) {
        printf("fail     memory ran out: findings are missing\n");
    }
}

json_t *cli_json_findings(const report *of)
{
    json_t *array = json_array();

    for (size_t i = 0; i < of->count; i++) {
        const report_finding *finding = &of->findings[i];
        json_array_append_new(array, json_pack("{s:s, s:s, s:s, s:o, s:o, s:o}", "verdict",
                                               report_verdict_name(finding->verdict), "subject",
                                               finding->subject, "check", finding->check, "fact",
                                               cli_json_text(finding->fact), "cause",
                                               cli_json_text(finding->cause), "remedy",
                                               cli_json_text(finding->remedy)));
    }
    return array;
}

int cli_report_code(const report *of)
{
    return report_worst(of) == REPORT_FAIL ? CLI_NO : CLI_OK;
}
