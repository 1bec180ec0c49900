/* An iphlpapi.dll with a few connections and their statistics, which Wine lacks. It uses the
 * declarations of the compiler's headers, to check ours independently. It rejects calls that
 * do not follow Microsoft's documentation. */
#define _WIN32_WINNT 0x0A00
#include <winsock2.h>
#include <ws2tcpip.h>
#include <windows.h>
#include <iprtrmib.h>
#include <tcpmib.h>
#include <tcpestats.h>
#include <string.h>

#define EXPORT __declspec(dllexport)
enum { LISTENING, COLLECTED, NOT_COLLECTED, CLOSED, REFUSED, ROWS };

/* Windows leaves the upper half of a port undefined. */
#define PORT(n) (htons(n) | 0xbeef0000u)

static MIB_TCPROW row4(int i)
{
	MIB_TCPROW r;
	memset(&r, 0, sizeof r);
	r.dwState = i == LISTENING ? MIB_TCP_STATE_LISTEN : MIB_TCP_STATE_ESTAB;
	r.dwLocalAddr = htonl(0xc0000205); /* 192.0.2.5 */
	r.dwLocalPort = PORT(443);
	r.dwRemoteAddr = i == LISTENING ? 0 : htonl(0xc6336407); /* 198.51.100.7 */
	r.dwRemotePort = i == LISTENING ? 0 : PORT(50000 + i);
	return r;
}

static MIB_TCP6ROW row6(int i)
{
	MIB_TCP6ROW r;
	memset(&r, 0, sizeof r);
	r.State = i == LISTENING ? MIB_TCP_STATE_LISTEN : MIB_TCP_STATE_CLOSE_WAIT;
	r.LocalAddr.s6_addr[0] = 0xfe;
	r.LocalAddr.s6_addr[1] = 0x80;
	r.LocalAddr.s6_addr[15] = 5;
	r.dwLocalScopeId = 7;
	r.dwLocalPort = PORT(443);
	if (i != LISTENING) {
		r.RemoteAddr = r.LocalAddr;
		r.RemoteAddr.s6_addr[15] = 9;
		r.dwRemoteScopeId = 7;
		r.dwRemotePort = PORT(50000 + i);
	}
	return r;
}

EXPORT ULONG WINAPI GetTcpTable(PMIB_TCPTABLE table, PULONG size, BOOL order)
{
	ULONG want = offsetof(MIB_TCPTABLE, table) + ROWS * sizeof table->table[0], room = *size;
	int i;
	*size = want;
	if (room < want)
		return ERROR_INSUFFICIENT_BUFFER;
	for (i = 0; i < ROWS; i++)
		table->table[i] = row4(i);
	table->dwNumEntries = ROWS;
	return NO_ERROR;
}

EXPORT ULONG WINAPI GetTcp6Table(PMIB_TCP6TABLE table, PULONG size, BOOL order)
{
	ULONG want = offsetof(MIB_TCP6TABLE, table) + ROWS * sizeof table->table[0], room = *size;
	int i;
	*size = want;
	if (room < want)
		return ERROR_INSUFFICIENT_BUFFER;
	for (i = 0; i < ROWS; i++)
		table->table[i] = row6(i);
	table->dwNumEntries = ROWS;
	return NO_ERROR;
}

/* A switch and the other two structures of one type of statistics. */
#define SWITCHED(kind) \
	case TcpConnectionEstats##kind: \
		if (rwSize != sizeof *rw##kind || !rw) \
			return ERROR_INVALID_USER_BUFFER; \
		rw##kind->EnableCollection = on;
#define DYNAMIC(kind) \
		if (rodSize != sizeof *rod##kind || !rod) \
			return ERROR_INVALID_USER_BUFFER; \
		memset(rod, 0xcd, rodSize); \
		if (!on) \
			break;

static ULONG answer(int i, TCP_ESTATS_TYPE kind, PUCHAR rw, ULONG rwVersion, ULONG rwSize,
	PUCHAR ros, ULONG rosVersion, ULONG rosSize, PUCHAR rod, ULONG rodVersion, ULONG rodSize)
{
	BOOLEAN on = i == COLLECTED;
	TCP_ESTATS_SYN_OPTS_ROS_v0 *rosSynOpts = (void *)ros;
	TCP_ESTATS_SND_CONG_ROS_v0 *rosSndCong = (void *)ros;
	TCP_ESTATS_DATA_RW_v0 *rwData = (void *)rw;
	TCP_ESTATS_SND_CONG_RW_v0 *rwSndCong = (void *)rw;
	TCP_ESTATS_PATH_RW_v0 *rwPath = (void *)rw;
	TCP_ESTATS_SEND_BUFF_RW_v0 *rwSendBuff = (void *)rw;
	TCP_ESTATS_REC_RW_v0 *rwRec = (void *)rw;
	TCP_ESTATS_OBS_REC_RW_v0 *rwObsRec = (void *)rw;
	TCP_ESTATS_BANDWIDTH_RW_v0 *rwBandwidth = (void *)rw;
	TCP_ESTATS_FINE_RTT_RW_v0 *rwFineRtt = (void *)rw;
	TCP_ESTATS_DATA_ROD_v0 *rodData = (void *)rod;
	TCP_ESTATS_SND_CONG_ROD_v0 *rodSndCong = (void *)rod;
	TCP_ESTATS_PATH_ROD_v0 *rodPath = (void *)rod;
	TCP_ESTATS_SEND_BUFF_ROD_v0 *rodSendBuff = (void *)rod;
	TCP_ESTATS_REC_ROD_v0 *rodRec = (void *)rod;
	TCP_ESTATS_OBS_REC_ROD_v0 *rodObsRec = (void *)rod;
	TCP_ESTATS_BANDWIDTH_ROD_v0 *rodBandwidth = (void *)rod;
	TCP_ESTATS_FINE_RTT_ROD_v0 *rodFineRtt = (void *)rod;

	if (i <= LISTENING || i >= ROWS)
		return ERROR_INVALID_PARAMETER;
	if (i == CLOSED)
		return ERROR_NOT_FOUND;
	if (i == REFUSED)
		return ERROR_ACCESS_DENIED;
	if (rwVersion || rosVersion || rodVersion)
		return ERROR_NOT_SUPPORTED;
	if (!rw != !rwSize || !ros != !rosSize || !rod != !rodSize)
		return ERROR_INVALID_USER_BUFFER;
	if (kind != TcpConnectionEstatsSynOpts && kind != TcpConnectionEstatsSndCong && ros)
		return ERROR_INVALID_USER_BUFFER;

	switch (kind) {
	case TcpConnectionEstatsSynOpts:
		if (rw || rod || rosSize != sizeof *rosSynOpts)
			return ERROR_INVALID_USER_BUFFER;
		rosSynOpts->ActiveOpen = TRUE;
		rosSynOpts->MssRcvd = 1400;
		rosSynOpts->MssSent = 1460;
		break;
	SWITCHED(Data) DYNAMIC(Data)
		rodData->DataBytesOut = 0x100000001;
		rodData->DataSegsOut = 0x100000002;
		rodData->DataBytesIn = 0x100000003;
		rodData->DataSegsIn = 0x100000004;
		rodData->SegsOut = 0x100000005;
		rodData->SegsIn = 0x100000006;
		rodData->SoftErrors = 107;
		rodData->SoftErrorReason = 108;
		rodData->ThruBytesAcked = 0x100000009;
		rodData->ThruBytesReceived = 0x10000000a;
		break;
	SWITCHED(SndCong)
		if (rosSize != sizeof *rosSndCong)
			return ERROR_INVALID_USER_BUFFER;
		rosSndCong->LimCwnd = 200;
	DYNAMIC(SndCong)
		rodSndCong->SndLimTransRwin = 201;
		rodSndCong->SndLimTimeRwin = 202;
		rodSndCong->SndLimBytesRwin = 203;
		rodSndCong->SndLimTransCwnd = 204;
		rodSndCong->SndLimTimeCwnd = 205;
		rodSndCong->SndLimBytesCwnd = 206;
		rodSndCong->SndLimTransSnd = 207;
		rodSndCong->SndLimTimeSnd = 208;
		rodSndCong->SndLimBytesSnd = 209;
		rodSndCong->SlowStart = 210;
		rodSndCong->CongAvoid = 211;
		rodSndCong->OtherReductions = 212;
		rodSndCong->CurCwnd = 14000;
		rodSndCong->MaxSsCwnd = 214;
		rodSndCong->MaxCaCwnd = 215;
		rodSndCong->CurSsthresh = 28000;
		rodSndCong->MaxSsthresh = 217;
		rodSndCong->MinSsthresh = 218;
		break;
	SWITCHED(Path) DYNAMIC(Path)
		rodPath->FastRetran = 301;
		rodPath->Timeouts = 302;
		rodPath->SubsequentTimeouts = 303;
		rodPath->CurTimeoutCount = 304;
		rodPath->AbruptTimeouts = 305;
		rodPath->PktsRetrans = 306;
		rodPath->BytesRetrans = 307;
		rodPath->DupAcksIn = 308;
		rodPath->SacksRcvd = 309;
		rodPath->SackBlocksRcvd = 310;
		rodPath->CongSignals = 311;
		rodPath->PreCongSumCwnd = 312;
		rodPath->PreCongSumRtt = 313;
		rodPath->PostCongSumRtt = 314;
		rodPath->PostCongCountRtt = 315;
		rodPath->EcnSignals = 316;
		rodPath->EceRcvd = 317;
		rodPath->SendStall = 318;
		rodPath->RetranThresh = 319;
		rodPath->SumBytesReordered = 320;
		rodPath->NonRecovDa = 321;
		rodPath->NonRecovDaEpisodes = 322;
		rodPath->DsackDups = 323;
		rodPath->SampleRtt = 324;
		rodPath->SmoothedRtt = 325;
		rodPath->RttVar = 326;
		rodPath->MaxRtt = 327;
		rodPath->MinRtt = 328;
		rodPath->SumRtt = 329;
		rodPath->CountRtt = 330;
		rodPath->CurRto = 331;
		rodPath->MaxRto = 332;
		rodPath->MinRto = 333;
		rodPath->CurMss = 1400;
		rodPath->MaxMss = 335;
		rodPath->MinMss = 336;
		rodPath->SpuriousRtoDetections = 337;
		break;
	SWITCHED(SendBuff) DYNAMIC(SendBuff)
		rodSendBuff->CurRetxQueue = 401;
		rodSendBuff->MaxRetxQueue = 402;
		rodSendBuff->CurAppWQueue = 403;
		rodSendBuff->MaxAppWQueue = 404;
		break;
	SWITCHED(Rec) DYNAMIC(Rec)
		rodRec->CurRwinSent = 501;
		rodRec->MaxRwinSent = 502;
		rodRec->MinRwinSent = 503;
		rodRec->LimRwin = 504;
		rodRec->DupAckEpisodes = 505;
		rodRec->DupAcksOut = 506;
		rodRec->CeRcvd = 507;
		rodRec->CurReasmQueue = 508;
		rodRec->MaxReasmQueue = 509;
		rodRec->CurAppRQueue = 510;
		rodRec->MaxAppRQueue = 511;
		rodRec->WinScaleSent = 12;
		break;
	SWITCHED(ObsRec) DYNAMIC(ObsRec)
		rodObsRec->CurRwinRcvd = 601;
		rodObsRec->MaxRwinRcvd = 602;
		rodObsRec->MinRwinRcvd = 603;
		rodObsRec->WinScaleRcvd = 4;
		break;
	case TcpConnectionEstatsBandwidth:
		if (rwSize != sizeof *rwBandwidth || !rw)
			return ERROR_INVALID_USER_BUFFER;
		rwBandwidth->EnableCollectionOutbound = TcpBoolOptDisabled;
		rwBandwidth->EnableCollectionInbound = on ? TcpBoolOptEnabled : TcpBoolOptDisabled;
	DYNAMIC(Bandwidth)
		rodBandwidth->InboundBandwidth = 8 * 702;
		rodBandwidth->InboundInstability = 8 * 704;
		rodBandwidth->InboundBandwidthPeaked = TRUE;
		break;
	SWITCHED(FineRtt) DYNAMIC(FineRtt)
		rodFineRtt->RttVar = 801;
		rodFineRtt->MaxRtt = 802;
		rodFineRtt->MinRtt = 803;
		rodFineRtt->SumRtt = 804;
		break;
	default:
		return ERROR_INVALID_PARAMETER;
	}
	return NO_ERROR;
}

EXPORT ULONG WINAPI GetPerTcpConnectionEStats(PMIB_TCPROW row, TCP_ESTATS_TYPE kind, PUCHAR rw, ULONG rwVersion,
	ULONG rwSize, PUCHAR ros, ULONG rosVersion, ULONG rosSize, PUCHAR rod, ULONG rodVersion, ULONG rodSize)
{
	int i = ROWS;
	while (i-- > 0) {
		MIB_TCPROW r = row4(i);
		if (!memcmp(&r, row, sizeof r))
			break;
	}
	return answer(i, kind, rw, rwVersion, rwSize, ros, rosVersion, rosSize, rod, rodVersion, rodSize);
}

EXPORT ULONG WINAPI GetPerTcp6ConnectionEStats(PMIB_TCP6ROW row, TCP_ESTATS_TYPE kind, PUCHAR rw, ULONG rwVersion,
	ULONG rwSize, PUCHAR ros, ULONG rosVersion, ULONG rosSize, PUCHAR rod, ULONG rodVersion, ULONG rodSize)
{
	int i = ROWS;
	while (i-- > 0) {
		MIB_TCP6ROW r = row6(i);
		if (!memcmp(&r, row, sizeof r))
			break;
	}
	return answer(i, kind, rw, rwVersion, rwSize, ros, rosVersion, rosSize, rod, rodVersion, rodSize);
}
