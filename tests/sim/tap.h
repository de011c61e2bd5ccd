// TAP for C++ mains: tap::ok for each fact, `return tap::done();` at the end of main.
#ifndef HYPERION_TESTS_SIM_TAP_H
#define HYPERION_TESTS_SIM_TAP_H

#include <cstdarg>
#include <cstdio>
#include <string>

namespace tap
{

inline int count = 0, failures = 0;

inline bool ok(bool passed, const std::string &name)
{
    std::printf("%sok %d - %s\n", passed ? "" : "not ", ++count, name.c_str());
    failures += !passed;
    return passed;
}

// `text` contains `wanted`; shows it where not.
inline bool contains(const char *text, const std::string &wanted, const std::string &name)
{
    const bool found = text && std::string(text).find(wanted) != std::string::npos;
    if (!ok(found, name))
        std::printf("# wanted: %s\n# got: %s\n", wanted.c_str(), text ? text : "(null)");
    return found;
}

inline int done()
{
    std::printf("1..%d\n", count);
    return failures != 0;
}

} // namespace tap

#endif
