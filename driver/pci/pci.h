/* Accelerator cards as the PCI bus shows them: which there are, how they are linked, what they and
 * the kernel say of their health. Reads only; reset.h changes things.
 *
 * The source is the running kernel's sysfs, a copy of such a tree, or a dump of configuration space
 * as `lspci -xxxx` prints it. Nothing here needs XRT. What the source does not tell is marked as
 * not known, never guessed; what could not be read is kept as a problem of its function.
 *
 * Not for several threads at once on one machine. Texts are printable ASCII. Sources of the
 * formats: PCI Express Base Specification 4.0 (chapter 7), Linux'
 * Documentation/ABI/testing/sysfs-bus-pci and Documentation/hwmon/sysfs-interface.rst, PCI Local
 * Bus Specification 3.0 appendix I (VPD). */
#ifndef HYPERION_DRIVER_PCI_PCI_H
#define HYPERION_DRIVER_PCI_PCI_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "driver/pci/card_ids.h"

/* Where to read. All zero is the running machine. */
typedef struct pcie_source {
    const char *sysfs; /* the root of a tree; NULL: /sys */
    const char *dump;  /* or a file that `lspci -xxxx` wrote, instead of sysfs */
} pcie_source;

typedef struct pcie_address {
    uint32_t domain;
    uint8_t bus;
    uint8_t device;
    uint8_t function;
    char text[24]; /* "0000:65:00.1" */
} pcie_address;

/* One end of a link. Speeds are the codes of the specification: 1 is 2.5 GT/s, 2 is 5, 3 is 8, … */
typedef struct pcie_link {
    bool known;
    uint8_t speed; /* now */
    uint8_t width; /* lanes, now; 0: the link is down */
    uint8_t max_speed;
    uint8_t max_width;
} pcie_link;

#define PCIE_BARS 6

typedef struct pcie_bar {
    uint64_t address; /* without flag bits; 0: none given */
    uint64_t bytes;   /* 0: not there, or not known (a dump) */
    bool is_64bit;
    bool is_prefetchable;
} pcie_bar;

typedef struct pcie_msix {
    bool present;
    bool enabled;
    uint16_t vectors;
} pcie_msix;

/* Errors since the kernel started, as its AER driver counts them, and what stands in the function's
 * own status registers now. */
typedef struct pcie_aer {
    bool counted; /* the kernel counts */
    uint64_t correctable;
    uint64_t nonfatal;
    uint64_t fatal;
    char correctable_kind[32]; /* that which came most often, such as "BadTLP"; or empty */
    char fatal_kind[32];
    bool present; /* the capability; the next two are valid */
    uint32_t uncorrectable_status;
    uint32_t correctable_status;
} pcie_aer;

typedef enum pcie_quantity {
    PCIE_TEMPERATURE, /* thousandths of a degree Celsius */
    PCIE_POWER,       /* microwatts */
    PCIE_VOLTAGE,     /* millivolts */
    PCIE_CURRENT,     /* milliamperes */
    PCIE_FAN,         /* turns a minute */
} pcie_quantity;

/* A hwmon sensor. */
typedef struct pcie_sensor {
    pcie_quantity quantity;
    char name[40]; /* its label, or "temp1" */
    bool readable;
    bool in_range; /* a value that a working sensor can have */
    int64_t value;
    bool has_low, has_high, has_critical;
    int64_t low, high, critical;
    bool alarm; /* the driver itself says so */
    bool fault;
} pcie_sensor;

#define PCIE_MAX_SENSORS  48
#define PCIE_MAX_PROBLEMS 12
#define PCIE_MAX_UUIDS    8

/* Something that should be readable and was not. */
typedef struct pcie_problem {
    char file[64];
    int error; /* errno value; EINVAL: read, but not what belongs there */
} pcie_problem;

/* What XRT's kernel driver tells. */
typedef struct pcie_xrt {
    char platform[64]; /* VBNV, "xilinx_u55c_gen3x16_xdma_base_3"; empty: not told */
    uint32_t interface_count;
    char interfaces[PCIE_MAX_UUIDS][40]; /* uuids of what an xclbin may be built for, as hex */
    char xclbin[40];                     /* uuid of what is loaded, or empty */
    bool has_ready, ready;
    bool offline;
} pcie_xrt;

typedef struct pcie_function {
    pcie_address address;
    uint16_t vendor;
    uint16_t device;
    uint16_t class_code;
    const pcie_card_id *id; /* NULL: not an accelerator card */

    /* What follows is filled in by pcie_look, from serial on only by pcie_examine. */
    char folder[PATH_MAX]; /* in sysfs; empty with a dump */
    bool vanished;         /* every read gives all ones */
    unsigned config_bytes; /* readable: 0, 64 (not root), 256 or 4096 */
    uint16_t subsystem_vendor, subsystem_device;
    uint16_t command; /* register */
    pcie_link link;
    bool has_slot; /* the port above is known: */
    pcie_address slot;
    pcie_link slot_link;
    char slot_label[32]; /* of the chassis, or empty */
    int numa_node;       /* -1: not told */
    char iommu_group[16];
    char driver[32]; /* empty: none */
    char power_state[16];
    char reset_methods[64];
    pcie_bar bars[PCIE_BARS];
    pcie_msix msix;
    bool has_flr; /* the function can reset itself */
    pcie_aer aer;
    char serial[40], part_number[40], product[64];
    pcie_xrt xrt;
    uint32_t sensor_count;
    pcie_sensor sensors[PCIE_MAX_SENSORS];
    uint32_t problem_count;
    pcie_problem problems[PCIE_MAX_PROBLEMS];
} pcie_function;

/* The functions of one card. At least one is there. */
typedef struct pcie_card {
    const char *family;
    pcie_function *management;
    pcie_function *user;
    pcie_function *golden;
} pcie_card;

struct pcie_bus;

typedef struct pcie_machine {
    size_t function_count; /* in order of address */
    pcie_function *functions;
    size_t card_count;
    pcie_card *cards;
    const char *sysfs; /* root, or NULL with a dump */
    struct pcie_bus *bus;
} pcie_machine;

/* Lists the functions of the bus and groups the cards among them. Returns 0; or a negative errno
 * value and one sentence in `message` (-ENOENT: there is no PCI bus to be seen). The caller frees
 * the machine after success. `source` may be NULL; its texts must outlive the machine. */
int pcie_scan(const pcie_source *source, pcie_machine *machine, char message[256]);
void pcie_free(pcie_machine *machine);

/* Reads place, driver, configuration space and link of one function, which takes well below a
 * millisecond. */
void pcie_look(pcie_machine *machine, pcie_function *function);
/* Reads all there is to know of one function, as it is now; may be called again. Sensors and serial
 * numbers come over slow buses. */
void pcie_examine(pcie_machine *machine, pcie_function *function);
/* The same for every function of a card. */
void pcie_examine_card(pcie_machine *machine, const pcie_card *card);

/* Reads "0000:65:00.1", "65:00.1" or, for its function 0, "65:00". */
bool pcie_parse_address(const char *text, pcie_address *address);

/* The function at an address, or NULL. */
pcie_function *pcie_find(const pcie_machine *machine, const pcie_address *address);
/* The card that a function belongs to, or NULL. */
const pcie_card *pcie_card_of(const pcie_machine *machine, const pcie_function *function);
/* The user function that XRT counts as its card `index`, as the device xrt:INDEX is; or NULL. */
pcie_function *pcie_find_xrt(const pcie_machine *machine, unsigned index);
/* The number of a function in that count, or -1. */
int pcie_xrt_index(const pcie_machine *machine, const pcie_function *function);
/* The first function that a card has: user, management, golden. */
pcie_function *pcie_card_first(const pcie_card *card);

/* "8.0 GT/s" of 3; "unknown speed" for a code without a meaning. Static storage. */
const char *pcie_speed_name(uint8_t speed);

/* What card and slot can do together: the lesser of each. `link` and the slot must be known, or the
 * one that is counts. */
void pcie_link_limit(const pcie_function *function, uint8_t *speed, uint8_t *width);
/* Whether the link runs below that. */
bool pcie_link_degraded(const pcie_function *function);

#endif
