/* Known answers of the op ecrecover, made with a model that is not part of this library (affine
 * arithmetic on big integers) and the flag HYP_ECRECOVER_LOW_S. */
#include "host/src/ops/ecrecover_answers.h"

#include <stddef.h>

#include "hyperion/batch.h"

/* R_7 is x of 7·G; S_7 the low s for HASH, key 5 and nonce 7. */
#define HASH  "60b63f147a348137d70087106a4416a276792eab7ab0ba97c1cf21ee0fd8c6ad"
#define ORDER "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141"
#define R_7   "5cbdf0646e5db4eaa398f365f2ea7a0e3d419b7e0330e39ce92bddedcac4f9bc"
#define S_7   "500f6b93ce014a8b0148c126981eecb3aa64bee03860bd3c9daaa35e2562859f"

const struct hyp_ecrecover_answer hyp_ecrecover_answers[HYP_ECRECOVER_ANSWERS] = {
    /* signed with a random key and nonce */
    {HASH, "187292129fdbbbb71588388717ec4521b95aaf78f640d6bb34987735f3664153",
     "6b7107c8d9b24983a41ee2f218e0c60b8a55b7042f34b01b63301f86a1f9b55b", 0, HYP_STATUS_OK,
     "8e5bc2b24126f781f03d1a3a373bca66a428f571663c3787494497d8426f6330"
     "b1f810c080dd1009f6cf50b864a25e3744ecfef0eb282deee527bd81d389f24d",
     "fc420665bf7e0a8d9d613ae0ffb87b5335ca2a65"},
    /* signed with a random key and nonce */
    {"60b63f147a348137d70087106a4416a276792eab7ab0ba97c1cf21ee0fd8c6ae",
     "e56e2b5cccda705314f5aa92a2e8dfe7bb2e32df47d744ccfc2f31a1e35f036d",
     "62589fc116f011f9b5927b5ba2e1153a2fe38794479794efb0aa23667c17ee44", 1, HYP_STATUS_OK,
     "1e06278c28426cdc7e987488637aa9d555608a0ecefc5619e073f6ac48ae0760"
     "2d84f12ff7ff5ac1a5266e0cab280e181b1f886f75bd0e7565056cee079f2d4c",
     "5b88d580cef81e8c7a30b34f5ea7c79c301fe215"},
    /* signed with a random key and nonce */
    {"60b63f147a348137d70087106a4416a276792eab7ab0ba97c1cf21ee0fd8c6af",
     "2d8a7d2879264b4dba8e58204a86469ecee9f52a8aad3a1b514b005b6e9eddb9",
     "610fa975cea0331599d0010c2fbb175954b30c2d3488a4f2f74992ff7e2375f9", 0, HYP_STATUS_OK,
     "4793656a62b92f789e441ed316ab36ae548b16a2e9879c5531249f1bcfcd58ba"
     "e7f7046245013eada124a80b7a569318397631d99f810cecadac739d7509e8e4",
     "5100804e156b7518b04ccce9abc345ec11ed4393"},
    /* signed with a random key and nonce */
    {"60b63f147a348137d70087106a4416a276792eab7ab0ba97c1cf21ee0fd8c6b0",
     "f7245d07df091dafaabbc65364a8d61e9cef2ed37dfb54c6233ce3ac816da2cb",
     "52f9ab8f9c01f23e1789d9ea610492fbad841e40e2edfdff46077656ecbd91a4", 0, HYP_STATUS_OK,
     "8683b36354ec26d235ed2e8747503feb6394a7e3d919dd8c3df86a544dfafcf1"
     "b706cc2f54d64651a6acffbe4aee3c2e166faffcbbc8a2b240b8c48405aa2c7a",
     "bea37b82164fc95aa1f8c9622ae1c2d59d585b48"},
    /* hash not below n */
    {"ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff", R_7, S_7, 0, HYP_STATUS_OK,
     "60e3f225c906d740104f9e726fa7e821761bb98da452a3bb5f640ee542c6b721"
     "9ea3ffa5e7475ca57c85e717a8e0ea15a17e8f423f6ea147ae5b130334890d28",
     "b227dfb1515fcfb535d189436e6d5960b582703f"},
    /* hash zero */
    {"0000000000000000000000000000000000000000000000000000000000000000", R_7, S_7, 0, HYP_STATUS_OK,
     "856d5cf5b880dbacd929017c8a83ef7a95b663b7268c0e5216a89f9d6d4f5563"
     "901d45536be332e1514f37658fda6c8dee525e21ef13458fbc9d079799f1ed7c",
     "70cf32c7208bfdf1c5deb189c52dbc3f05b5279e"},
    /* the other point with this x: another key */
    {HASH, R_7, S_7, 1, HYP_STATUS_OK,
     "26ccd4ac8ec209c2e06dbad1dd5a45e5abeeb163022e8a569f023250c6f962cb"
     "bf77b6717a3a6934300954f4e90d3402e1d14069f1bfb997596ddf697f94d8b9",
     "39e06cf108bbe3b367692e6c8089ef34fb42be38"},
    /* high s */
    {HASH, R_7, "aff0946c31feb574feb73ed967e1134b104a1e0676e7e2ff2227bb2eaad3bba2", 1,
     HYP_STATUS_HIGH_S, NULL, NULL},
    /* s = (n - 1) / 2, the largest low one */
    {HASH, R_7, "7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0", 0,
     HYP_STATUS_OK,
     "e3c3cd1a62a019506d3dfce53680e9184d99f497bb849b4a2cdbb999b722bce3"
     "471a842ae92017db5d0456045785d4209a49040744d747a72240a94f2887ec20",
     "e1a863b5ade813aa5744eb6e1344d9d8e1347c79"},
    /* s = (n + 1) / 2, the smallest high one */
    {HASH, R_7, "7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a1", 0,
     HYP_STATUS_HIGH_S, NULL, NULL},
    /* x = r + n */
    {HASH, "0000000000000000000000000000000000000000000000000000000000000002", S_7, 2,
     HYP_STATUS_OK,
     "981a26b7ce503c270463650889220fc4b907488ce550d522a5f65c657d260ef2"
     "5179fabf6a828833f268468a1b3a676119dba87d6739d28ae7378784099868e0",
     "a8a268d4d2086ccaf7f935ef81928baf11bdcbde"},
    /* x = r + n, the other point */
    {HASH, "0000000000000000000000000000000000000000000000000000000000000002", S_7, 3,
     HYP_STATUS_OK,
     "46160767c98381beaf4998dccf395b9734b7878277626749bf77339f041ffb4d"
     "759259933a0886e51f1e680674c67fd0db95fcd78050eb32da0ac7fba95aa4bd",
     "d1dcee6669b5f9dfd32dbb71af9f74e3f02c09b2"},
    /* recid 4 */
    {HASH, R_7, S_7, 4, HYP_STATUS_BAD_RECID, NULL, NULL},
    /* recid 255 */
    {HASH, R_7, S_7, 255, HYP_STATUS_BAD_RECID, NULL, NULL},
    /* r = 0 */
    {HASH, "0000000000000000000000000000000000000000000000000000000000000000", S_7, 0,
     HYP_STATUS_BAD_R, NULL, NULL},
    /* r = n */
    {HASH, ORDER, S_7, 0, HYP_STATUS_BAD_R, NULL, NULL},
    /* x = r + n = p */
    {HASH, "000000000000000000000000000000014551231950b75fc4402da1722fc9baee", S_7, 2,
     HYP_STATUS_BAD_R, NULL, NULL},
    /* s = 0 */
    {HASH, R_7, "0000000000000000000000000000000000000000000000000000000000000000", 0,
     HYP_STATUS_BAD_S, NULL, NULL},
    /* s = n */
    {HASH, R_7, ORDER, 0, HYP_STATUS_BAD_S, NULL, NULL},
    /* no point has x = 5 */
    {HASH, "0000000000000000000000000000000000000000000000000000000000000005", S_7, 0,
     HYP_STATUS_NOT_ON_CURVE, NULL, NULL},
    /* s·R = hash·G: the key is infinity */
    {HASH, R_7, "3b53add880d3ed8a4effecb4831ad8319220a62969b25c4488d55f4f5dcbf643", 1,
     HYP_STATUS_INFINITY, NULL, NULL},
    /* recid before r */
    {HASH, ORDER, ORDER, 4, HYP_STATUS_BAD_RECID, NULL, NULL},
    /* r before s */
    {HASH, "0000000000000000000000000000000000000000000000000000000000000000",
     "0000000000000000000000000000000000000000000000000000000000000000", 0, HYP_STATUS_BAD_R, NULL,
     NULL},
    /* high s before the curve */
    {HASH, "0000000000000000000000000000000000000000000000000000000000000005",
     "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364140", 0, HYP_STATUS_HIGH_S, NULL,
     NULL},
    /* high s before x = r + n >= p */
    {HASH, "000000000000000000000000000000014551231950b75fc4402da1722fc9baee",
     "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364140", 2, HYP_STATUS_HIGH_S, NULL,
     NULL},
};
