"""Files that cards are known to have, by the directory in which they stand.

A UICC tells nobody what is in a directory: whoever wants to know tries the identifiers that there are.
MF: TS 102 221 §13. DF(TELECOM): TS 31.102 §4.6.5. DF(GSM): TS 51.011 §10.3. USIM: TS 31.102 §4.2. ISIM: TS 31.103.
PKCS #15 §5.
"""

from __future__ import annotations

from simulator.codes.apdu import (
    AID_PKCS15,
    AID_USIM,
    DF_GSM,
    DF_PKCS15,
    EF_AD,
    EF_ARR,
    EF_DIR,
    EF_DM_BOOTSTRAP,
    EF_DODF_BOOTSTRAP,
    EF_ICCID,
    EF_IMSI,
    EF_ODF,
    EF_TOKEN_INFO,
    MF,
)

DF_TELECOM = 0x7F10
EF_ARR_BELOW = 0x6F06
"""EF(ARR) of a directory below the MF."""

IN_MF: dict[int, str] = {
    EF_DIR: "DIR",
    0x2F05: "PL",
    EF_ARR: "ARR",
    0x2F08: "UMPC",
    EF_ICCID: "ICCID",
}

IN_TELECOM: dict[int, str] = {
    EF_ARR_BELOW: "ARR",
    0x6F3A: "ADN",
    0x6F3B: "FDN",
    0x6F3C: "SMS",
    0x6F3D: "CCP",
    0x6F40: "MSISDN",
    0x6F42: "SMSP",
    0x6F43: "SMSS",
    0x6F44: "LND",
    0x6F47: "SMSR",
    0x6F49: "SDN",
    0x6F4A: "EXT1",
    0x6F4B: "EXT2",
    0x6F4C: "EXT3",
    0x6F4D: "BDN",
    0x6F4E: "EXT4",
    0x6F4F: "ECCP",
    0x6F53: "RMA",
    0x6F54: "SUME",
    0x6F58: "CMI",
    0x6FE0: "ICE-DN",
    0x6FE1: "ICE-FF",
    0x6FE5: "PSISMSC",
}

IN_GSM: dict[int, str] = {
    0x6F05: "LP",
    EF_IMSI: "IMSI",
    0x6F20: "Kc",
    0x6F2C: "DCK",
    0x6F30: "PLMNsel",
    0x6F31: "HPLMN",
    0x6F32: "CNL",
    0x6F37: "ACMmax",
    0x6F38: "SST",
    0x6F39: "ACM",
    0x6F3E: "GID1",
    0x6F3F: "GID2",
    0x6F41: "PUCT",
    0x6F45: "CBMI",
    0x6F46: "SPN",
    0x6F48: "CBMID",
    0x6F50: "CBMIR",
    0x6F51: "NIA",
    0x6F52: "KcGPRS",
    0x6F53: "LOCIGPRS",
    0x6F54: "SUME",
    0x6F60: "PLMNwAcT",
    0x6F61: "OPLMNwAcT",
    0x6F62: "HPLMNwAcT",
    0x6F63: "CPBCCH",
    0x6F64: "INVSCAN",
    0x6F74: "BCCH",
    0x6F78: "ACC",
    0x6F7B: "FPLMN",
    0x6F7E: "LOCI",
    EF_AD: "AD",
    0x6FAE: "PHASE",
    0x6FB1: "VGCS",
    0x6FB2: "VGCSS",
    0x6FB3: "VBS",
    0x6FB4: "VBSS",
    0x6FB5: "eMLPP",
    0x6FB6: "AAeM",
    0x6FB7: "ECC",
    0x6FC5: "PNN",
    0x6FC6: "OPL",
    0x6FC7: "MBDN",
    0x6FC8: "EXT6",
    0x6FC9: "MBI",
    0x6FCA: "MWIS",
    0x6FCB: "CFIS",
    0x6FCC: "EXT7",
    0x6FCD: "SPDI",
}

IN_USIM: dict[int, str] = {
    EF_ARR_BELOW: "ARR",
    0x6F05: "LI",
    EF_IMSI: "IMSI",
    0x6F08: "Keys",
    0x6F09: "KeysPS",
    0x6F2C: "DCK",
    0x6F31: "HPPLMN",
    0x6F32: "CNL",
    0x6F37: "ACMmax",
    0x6F38: "UST",
    0x6F39: "ACM",
    0x6F3B: "FDN",
    0x6F3C: "SMS",
    0x6F3E: "GID1",
    0x6F3F: "GID2",
    0x6F40: "MSISDN",
    0x6F41: "PUCT",
    0x6F42: "SMSP",
    0x6F43: "SMSS",
    0x6F45: "CBMI",
    0x6F46: "SPN",
    0x6F47: "SMSR",
    0x6F48: "CBMID",
    0x6F49: "SDN",
    0x6F4B: "EXT2",
    0x6F4C: "EXT3",
    0x6F4D: "BDN",
    0x6F4E: "EXT5",
    0x6F4F: "CCP2",
    0x6F50: "CBMIR",
    0x6F55: "EXT4",
    0x6F56: "EST",
    0x6F57: "ACL",
    0x6F58: "CMI",
    0x6F5B: "START-HFN",
    0x6F5C: "THRESHOLD",
    0x6F60: "PLMNwAcT",
    0x6F61: "OPLMNwAcT",
    0x6F62: "HPLMNwAcT",
    0x6F73: "PSLOCI",
    0x6F78: "ACC",
    0x6F7B: "FPLMN",
    0x6F7E: "LOCI",
    0x6F80: "ICI",
    0x6F81: "OCI",
    0x6F82: "ICT",
    0x6F83: "OCT",
    EF_AD: "AD",
    0x6FB1: "VGCS",
    0x6FB2: "VGCSS",
    0x6FB3: "VBS",
    0x6FB4: "VBSS",
    0x6FB5: "eMLPP",
    0x6FB6: "AAeM",
    0x6FB7: "ECC",
    0x6FC3: "Hiddenkey",
    0x6FC4: "NETPAR",
    0x6FC5: "PNN",
    0x6FC6: "OPL",
    0x6FC7: "MBDN",
    0x6FC8: "EXT6",
    0x6FC9: "MBI",
    0x6FCA: "MWIS",
    0x6FCB: "CFIS",
    0x6FCC: "EXT7",
    0x6FCD: "SPDI",
    0x6FCE: "MMSN",
    0x6FCF: "EXT8",
    0x6FD0: "MMSICP",
    0x6FD1: "MMSUP",
    0x6FD2: "MMSUCP",
    0x6FD3: "NIA",
    0x6FD4: "VGCSCA",
    0x6FD5: "VBSCA",
    0x6FD6: "GBABP",
    0x6FD7: "MSK",
    0x6FD8: "MUK",
    0x6FD9: "EHPLMN",
    0x6FDA: "GBANL",
    0x6FDB: "EHPLMNPI",
    0x6FDC: "LRPLMNSI",
    0x6FDD: "NAFKCA",
    0x6FDE: "SPNI",
    0x6FDF: "PNNI",
    0x6FE2: "NCP-IP",
    0x6FE3: "EPSLOCI",
    0x6FE4: "EPSNSC",
    0x6FE6: "UFC",
    0x6FE7: "UICCIARI",
    0x6FE8: "NASCONFIG",
}

IN_ISIM: dict[int, str] = {
    EF_ARR_BELOW: "ARR",
    0x6F02: "IMPI",
    0x6F03: "DOMAIN",
    0x6F04: "IMPU",
    0x6F07: "IST",
    0x6F09: "P-CSCF",
    EF_AD: "AD",
    0x6FD5: "GBABP",
    0x6FD7: "GBANL",
    0x6FDD: "NAFKCA",
}

IN_PKCS15: dict[int, str] = {
    EF_ODF: "ODF",
    EF_TOKEN_INFO: "TokenInfo",
    0x5033: "UnusedSpace",
    EF_ARR_BELOW: "ARR",
    EF_DODF_BOOTSTRAP: "DODF-bootstrap",
    EF_DM_BOOTSTRAP: "DM_Bootstrap",
    **{EF_DM_BOOTSTRAP + n: f"DM_Bootstrap {n + 1}" for n in range(1, 8)},
    0x5207: "DODF (access rules)",
    0x4200: "ACM (access rules)",
    0x4300: "ACRF (access rules)",
    **{0x4310 + n: f"ACCF {n + 1} (access rules)" for n in range(8)},
}

IN_PHONEBOOK: dict[int, str] = {
    0x4F22: "PSC",
    0x4F23: "CC",
    0x4F24: "PUID",
    0x4F30: "PBR",
    **{0x4F00 + n: "" for n in (*range(0x01, 0x20), *range(0x3A, 0x60))},
}
"""EF(PBR) says which the others are; issuers choose their identifiers."""

IN_GSM_ACCESS: dict[int, str] = {0x4F20: "Kc", 0x4F52: "KcGPRS", 0x4F63: "CPBCCH", 0x4F64: "InvScan"}

IN_GRAPHICS: dict[int, str] = {0x4F20: "IMG", **{0x4F21 + n: "" for n in range(16)}}

DIRECTORIES: dict[int, tuple[str, dict[int, str]]] = {
    MF: ("MF", IN_MF),
    DF_TELECOM: ("TELECOM", IN_TELECOM),
    DF_GSM: ("GSM", IN_GSM),
    DF_PKCS15: ("PKCS#15", IN_PKCS15),
    0x5F3A: ("PHONEBOOK", IN_PHONEBOOK),
    0x5F3B: ("GSM-ACCESS", IN_GSM_ACCESS),
    0x5F3C: ("MExE", {}),
    0x5F40: ("WLAN", {0x4F41 + n: "" for n in range(16)}),
    0x5F50: ("GRAPHICS", IN_GRAPHICS),
    0x5FC0: ("5GS", {0x4F00 + n: "" for n in range(1, 16)}),
    0x5F70: ("SoLSA", {0x4F30: "SAI", 0x4F31: "SLL"}),
}
"""Directories by their identifier: the name, and the files that may stand in it."""

BELOW_MF = (DF_TELECOM, DF_GSM, DF_PKCS15)
BELOW_DF = (0x5F3A, 0x5F3B, 0x5F3C, 0x5F40, 0x5F50, 0x5F70, 0x5FC0)

APPLICATION_FILES: dict[bytes, dict[int, str]] = {
    AID_USIM: IN_USIM,
    bytes.fromhex("A0000000871004"): IN_ISIM,
    AID_PKCS15: IN_PKCS15,
}
"""By the beginning of the AID."""


def files_of_application(aid: bytes) -> dict[int, str]:
    return next((files for prefix, files in APPLICATION_FILES.items() if aid.startswith(prefix)), {})
