// The states of a dossier in the usual words of clerks and their systems.
import { type DossierStatus, dossierStatuses } from '../../dossier/dossier.js'

/** The usual words, folded. */
export function usualStatusWords(): Map<string, DossierStatus> {
  const known = new Map<string, DossierStatus>()
  for (const status of Object.keys(dossierStatuses) as DossierStatus[])
    for (const word of usual[status].split(',')) known.set(word.trim(), status)
  return known
}

// Folded by `fold` (headings.ts).
const usual: Record<DossierStatus, string> = {
  submitted: `
    moi dang ky, moi nop, da nop, da gui, da dang ky, cho tiep nhan, cho duoc tiep nhan,
    cho tiep nhan truc tuyen, chua tiep nhan, dang cho tiep nhan, cho kiem tra, moi,
    cho tiep nhan ho so, dang ky moi, moi gui, new`,
  accepted: `
    duoc tiep nhan, da tiep nhan, tiep nhan, moi tiep nhan, da nhan, da nhan ho so, cho phan cong,
    da tiep nhan ho so, tiep nhan moi, da vao so, received`,
  refused: `
    khong duoc tiep nhan, khong tiep nhan, tu choi, tu choi tiep nhan, bi tu choi, da tu choi, tra lai,
    bi tra lai, da tu choi tiep nhan, khong du dieu kien tiep nhan, da tra lai, tra lai cong dan,
    tu choi nhan, khong nhan, rejected, khong thuoc tham quyen, sai tham quyen, ho so khong hop le,
    khong hop le, tra lai cho cong dan`,
  processing: `
    dang xu ly, dang giai quyet, dang thu ly, dang tham dinh, dang tham tra, dang trinh ky, trinh ky,
    cho ky, cho ky duyet, cho phe duyet, cho duyet, dang xu li, cho xu ly, da chuyen xu ly,
    dang thuc hien, da bo sung, dang xac minh, da phan cong, dang lien thong, chuyen xu ly, chua xu ly,
    chua giai quyet, cho ky so, cho lanh dao phe duyet, lanh dao phe duyet, da phe duyet, cho dong dau,
    dang luan chuyen, cho tham dinh, tham dinh, dang trinh lanh dao, trinh lanh dao, trinh lanh dao ky,
    cho lanh dao ky, cho lay y kien, dang lay y kien, lay y kien, xin y kien, dang xin y kien,
    cho y kien, dang kiem tra, chuyen phong chuyen mon, da chuyen phong chuyen mon, cho cap so,
    lien thong, cho ket qua lien thong, cho phoi hop, da tiep nhan bo sung, da nop bo sung,
    cong dan da bo sung, tiep nhan bo sung, da nop thue, da nop tien, da thuc hien nghia vu tai chinh,
    da hoan thanh nghia vu tai chinh, cho thong bao thue, cho xac dinh nghia vu tai chinh,
    cho xac nhan nghia vu tai chinh, cho ubnd phe duyet, cho ubnd tinh phe duyet, da trinh, in process,
    da gia han, gia han, hen lai, da hen lai, xin loi gia han, xin loi hen lai, cho thu ly, xac minh,
    tham tra, da tham dinh, do dac, dang do dac, niem yet, dang niem yet, lanh dao duyet,
    cho lanh dao duyet, chuyen lien thong, da chuyen lien thong, dan da bo sung, da duyet,
    da duoc duyet, duoc duyet, chua co ket qua, chua xong, dang lam, cho ket qua, dang trinh,
    dang trinh ubnd, trinh ubnd, da trinh lanh dao, cho lanh dao ubnd ky, cho chu tich ky, chuyen thue,
    da chuyen thue, chuyen co quan thue, da chuyen co quan thue, cho lien thong thue,
    hoan thanh nghia vu tai chinh, da xin loi, xin gia han, dang soan thao, cho phat hanh,
    cho hop hoi dong, kiem tra thuc dia, do dac thuc dia, dang tham dinh thuc dia, cho xac minh,
    cho lien thong, lien thong thue, lien thong co quan thue, cho ket qua lien thong thue,
    cho xac nhan hoan thanh nghia vu tai chinh, chuyen co quan co tham quyen,
    da chuyen co quan co tham quyen, da chuyen cap xa, da chuyen cap tinh, da chuyen ubnd xa,
    da chuyen len tinh, da nhan ket qua lien thong, da chuyen buoc`,
  supplement: `
    yeu cau bo sung giay to, yeu cau bo sung, yeu cau bo sung ho so, cho bo sung, cho bo sung ho so,
    can bo sung, bo sung, bo sung ho so, dang cho bo sung, thieu giay to, cho cong dan bo sung,
    tam dung cho bo sung, dang bo sung, yeu cau bo sung hoan thien, de nghi bo sung, thong bao bo sung,
    yeu cau hoan thien, cho hoan thien, cho cong dan hoan thien, thieu ho so, can bo sung ho so,
    thong bao bo sung ho so, tam dung xu ly cho bo sung, tam dung do thieu giay to, tra lai de bo sung,
    tra lai bo sung, tra ve bo sung, tam dinh chi cho bo sung`,
  payment: `
    yeu cau thuc hien nghia vu tai chinh, nghia vu tai chinh, thuc hien nghia vu tai chinh,
    cho thuc hien nghia vu tai chinh, cho nop phi, cho nop le phi, cho thanh toan, cho nop thue,
    can nop tien, yeu cau thanh toan, chua nop phi, chua nop le phi, cho nghia vu tai chinh,
    tam dung cho nghia vu tai chinh, cho cong dan nop thue, cho nop tien, nop tien, yeu cau nop phi,
    yeu cau nop le phi, yeu cau nop thue, yeu cau nop tien, tam dung thuc hien nghia vu tai chinh,
    cho dong phi, cho dong le phi, can nop phi, can nop le phi, waiting for payment, awaiting payment,
    dang thuc hien nghia vu tai chinh, can lam nghia vu tai chinh, thong bao nop thue,
    da co thong bao thue, da co thong bao nop thue, chua nop thue, cho thanh toan phi,
    cho thanh toan le phi, cho thanh toan phi le phi, cho nop phi le phi`,
  withdrawn: `
    cong dan yeu cau rut ho so, rut ho so, da rut, da rut ho so, yeu cau rut, xin rut, cong dan rut,
    cong dan rut ho so, rut, rut theo yeu cau, cong dan xin rut, da rut theo yeu cau,
    nguoi dan rut ho so, nguoi nop rut ho so, nguoi dan yeu cau rut ho so, nguoi nop yeu cau rut ho so,
    to chuc rut ho so, dong y cho rut ho so, dong y rut ho so, da cho rut`,
  stopped: `
    dung xu ly, tam dung, tam dung xu ly, dung giai quyet, dinh chi, khong giai quyet,
    tu choi giai quyet, tam ngung, khong du dieu kien giai quyet, khong thu ly, dung thuc hien, dung,
    dinh chi giai quyet, dinh chi xu ly, tam dinh chi, tam dinh chi giai quyet, cham dut giai quyet,
    cham dut xu ly, tam dung giai quyet, tam ngung giai quyet`,
  finished: `
    da xu ly xong, da xu ly, da giai quyet, da giai quyet xong, giai quyet xong, xu ly xong,
    co ket qua, da co ket qua, hoan thanh, da hoan thanh, cho tra ket qua, cho tra, cho tra kq, da ky,
    cho nhan ket qua, chua tra ket qua, chua tra, xong, hoan tat, da hoan tat, da cap, da phat hanh,
    cho ban giao, cho cong dan den nhan, cho tra ket qua tai mot cua, co ket qua cho tra,
    cong dan chua nhan, chua nhan ket qua, hoan thanh xu ly, da hoan thanh xu ly,
    hoan thanh giai quyet, da hoan thanh giai quyet, da co ket qua giai quyet, da ky so, da ky duyet,
    da ban hanh, cho cong dan nhan ket qua, da chuyen ket qua ve mot cua,
    da ban giao ket qua cho mot cua, completed, done, da xong, xong chua lay, chua lay, dan chua lay,
    cong dan chua lay, cho lay, da co giay`,
  returned: `
    da tra ket qua, da tra, da tra kq, tra ket qua, da nhan ket qua, da giao,
    da tra ket qua cho cong dan, da tra dan, da tra ket qua cho to chuc ca nhan, da phat ket qua,
    da giao ket qua, cong dan da nhan, cong dan da nhan ket qua, da tra ket qua giai quyet,
    tra dung han, tra truoc han, tra som han, tra tre han, tra qua han, tra roi, da lay, dan da lay,
    dan da nhan, cong dan da lay, da lay ket qua, cong dan da den nhan, da phat cho dan`,
}
