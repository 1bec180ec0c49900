/* A wintrust.dll that finds no signature in a file, and two catalogs that list every file: an
 * untrusted one and a good one. Wine has no SHA-256 catalogs. It ends a program whose calls do
 * not follow Microsoft's documentation. CERT in the environment is the file of the signer's
 * certificate. */
#define _WIN32_WINNT 0x0A00
#include <windows.h>
#include <wintrust.h>
#include <softpub.h>
#include <mscat.h>
#include <stdio.h>
#include <string.h>

#define EXPORT __declspec(dllexport)
#define MUST(condition) do { if (!(condition)) { \
	fprintf(stderr, "wintrust.c:%d: %s\n", __LINE__, #condition); ExitProcess(99); } } while (0)

enum { HASH = 32 };
static HCATADMIN const theAdmin = (HCATADMIN)0x1234;
static HANDLE const theState = (HANDLE)0x5678;
static HCATINFO const bad = (HCATINFO)0x10, good = (HCATINFO)0x20;
static int admins, states;
static CRYPT_PROVIDER_DATA data;
static CRYPT_PROVIDER_SGNR signer;
static CRYPT_PROVIDER_CERT cert;

BOOL WINAPI DllMain(HINSTANCE self, DWORD reason, LPVOID reserved)
{
	if (reason == DLL_PROCESS_DETACH)
		MUST(admins == 0 && states == 0);
	return TRUE;
}

EXPORT LONG WINAPI WinVerifyTrust(HWND window, GUID *action, LPVOID argument)
{
	static const GUID generic = WINTRUST_ACTION_GENERIC_VERIFY_V2;
	WINTRUST_DATA *d = argument;
	WINTRUST_CATALOG_INFO *c;
	int i;
	MUST(window == INVALID_HANDLE_VALUE && !memcmp(action, &generic, sizeof generic));
	MUST(d->cbStruct >= sizeof *d && d->dwUIChoice == WTD_UI_NONE && d->fdwRevocationChecks == WTD_REVOKE_NONE);
	MUST(d->dwProvFlags == (WTD_REVOCATION_CHECK_NONE | WTD_CACHE_ONLY_URL_RETRIEVAL));
	if (d->dwStateAction == WTD_STATEACTION_CLOSE) {
		MUST(d->hWVTStateData == theState && states-- == 1);
		return 0;
	}
	MUST(d->dwStateAction == WTD_STATEACTION_VERIFY && !d->hWVTStateData && states++ == 0);
	d->hWVTStateData = theState;
	if (d->dwUnionChoice == WTD_CHOICE_FILE) {
		MUST(d->pFile->cbStruct == sizeof *d->pFile && GetFileAttributesW(d->pFile->pcwszFilePath) != INVALID_FILE_ATTRIBUTES);
		MUST(GetFileSize(d->pFile->hFile, NULL) > 1000);
		return TRUST_E_NOSIGNATURE;
	}
	MUST(d->dwUnionChoice == WTD_CHOICE_CATALOG);
	c = d->pCatalog;
	MUST(c->cbStruct == sizeof *c && c->dwCatalogVersion == 0 && c->cbCalculatedFileHash == HASH && !c->pcCatalogContext);
	MUST(GetFileAttributesW(c->pcwszMemberFilePath) != INVALID_FILE_ATTRIBUTES && GetFileSize(c->hMemberFile, NULL) > 1000);
	MUST(lstrlenW(c->pcwszMemberTag) == 2 * HASH);
	for (i = 0; i < HASH; i++) {
		WCHAR text[3];
		wsprintfW(text, L"%02X", c->pbCalculatedFileHash[i]);
		MUST(c->pbCalculatedFileHash[i] == (BYTE)(i * 37 + 10) && !memcmp(text, c->pcwszMemberTag + 2 * i, 4));
	}
	return lstrcmpW(c->pcwszCatalogFilePath, L"C:\\good.cat") ? CERT_E_UNTRUSTEDROOT : 0;
}

EXPORT CRYPT_PROVIDER_DATA *WINAPI WTHelperProvDataFromStateData(HANDLE state)
{
	MUST(state == theState);
	return &data;
}

EXPORT CRYPT_PROVIDER_SGNR *WINAPI WTHelperGetProvSignerFromChain(CRYPT_PROVIDER_DATA *d, DWORD i, BOOL counter, DWORD j)
{
	MUST(d == &data && i == 0 && !counter && j == 0);
	return &signer;
}

EXPORT CRYPT_PROVIDER_CERT *WINAPI WTHelperGetProvCertFromChain(CRYPT_PROVIDER_SGNR *s, DWORD i)
{
	static BYTE der[8192];
	char path[MAX_PATH];
	FILE *f;
	MUST(s == &signer && i == 0);
	MUST(GetEnvironmentVariableA("CERT", path, sizeof path));
	f = fopen(path, "rb");
	MUST(f);
	cert.cbStruct = sizeof cert;
	cert.pCert = CertCreateCertificateContext(X509_ASN_ENCODING, der, fread(der, 1, sizeof der, f));
	MUST(cert.pCert);
	fclose(f);
	return &cert;
}

EXPORT BOOL WINAPI CryptCATAdminAcquireContext2(HCATADMIN *admin, const GUID *subsystem, PCWSTR algorithm,
	PCCERT_STRONG_SIGN_PARA policy, DWORD flags)
{
	static const GUID driver = DRIVER_ACTION_VERIFY;
	MUST(!memcmp(subsystem, &driver, sizeof driver) && !lstrcmpW(algorithm, L"SHA256") && !policy && !flags && admins++ == 0);
	*admin = theAdmin;
	return TRUE;
}

EXPORT BOOL WINAPI CryptCATAdminReleaseContext(HCATADMIN admin, DWORD flags)
{
	MUST(admin == theAdmin && !flags && admins-- == 1);
	return TRUE;
}

EXPORT BOOL WINAPI CryptCATAdminCalcHashFromFileHandle2(HCATADMIN admin, HANDLE file, DWORD *size, BYTE *hash, DWORD flags)
{
	int i;
	MUST(admin == theAdmin && GetFileSize(file, NULL) > 1000 && *size >= HASH && !flags);
	for (i = 0; i < HASH; i++)
		hash[i] = (BYTE)(i * 37 + 10);
	*size = HASH;
	return TRUE;
}

EXPORT HCATINFO WINAPI CryptCATAdminEnumCatalogFromHash(HCATADMIN admin, BYTE *hash, DWORD size, DWORD flags, HCATINFO *previous)
{
	MUST(admin == theAdmin && size == HASH && hash[1] == 47 && !flags && (!*previous || *previous == bad));
	return *previous ? good : bad;
}

EXPORT BOOL WINAPI CryptCATCatalogInfoFromContext(HCATINFO catalog, CATALOG_INFO *info, DWORD flags)
{
	MUST(info->cbStruct == sizeof *info && !flags && (catalog == bad || catalog == good));
	lstrcpyW(info->wszCatalogFile, catalog == good ? L"C:\\good.cat" : L"C:\\bad.cat");
	return TRUE;
}

EXPORT BOOL WINAPI CryptCATAdminReleaseCatalogContext(HCATADMIN admin, HCATINFO catalog, DWORD flags)
{
	MUST(admin == theAdmin && catalog == good && !flags && !states);
	return TRUE;
}
